import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import { lastValueFrom } from 'rxjs'
import { InputError, RagError } from '../errors.ts'
import { tiktoken } from '../models/tiktoken.ts'
import { splitterName } from '../operators/split.ts'
import type { IngestOptions } from '../pipelines/ingest.ts'
import { type FilesInOptions, filesIn } from '../sources/filesIn.ts'
import type { Filter } from '../types/filter.ts'
import type { Embedder, Language, Retrieval } from '../types/ports.ts'
import { defined } from '../internal/defined.ts'
import { cachePath } from './cachePath.ts'
import { chooseEmbedder } from './chooseEmbedder.ts'
import { type IndexStore, indexName, isAddress, openToRead, openToWrite } from './openIndex.ts'
import type { DataOptions } from './options.ts'
import { parseFilters } from './parseFilter.ts'
import { updateStore } from './updateStore.ts'

export interface OpenStore {
  readonly store: IndexStore
  readonly embedder?: Embedder
  readonly retrieval?: Retrieval
  /** Documents that could not be embedded. */
  readonly failed?: number
  /** How it was brought up to date with `--data`. */
  readonly updated?: Updated
  readonly filter?: Filter
}

export interface Updated {
  readonly filter: Pick<FilesInOptions, 'include' | 'exclude'>
  readonly options: IngestOptions
}

/** How long a document's text waits for those of others, where no request is full: files of 10 kB take 2 or 3 ms each. */
const gatherMs = 20

/** The store that the options name, brought up to date with `--data` first. An empty one is an error, unless files are waited for. */
export async function openStore(options: DataOptions & { readonly watch?: boolean }): Promise<OpenStore> {
  const { data, index, retrieval } = options
  if (data !== undefined) return openWithData(data, options)
  if (index === undefined) throw new InputError('Name your documents: --data FOLDER, or --index FILE.')
  const store = await openToRead(index, bm25Of(options))
  const name = indexName(index)
  checkLanguage(store.configuration.language ?? 'english', name, options)
  return { store, ...defined({ embedder: await embedderOf(store, name, options), retrieval, filter: parseFilters(options.filter) }) }
}

async function openWithData(data: readonly string[], options: DataOptions & { readonly watch?: boolean }): Promise<OpenStore> {
  const { passageTokens, overlapTokens, include, exclude, retrieval, index, cache, language = 'english' } = options
  const embedder = await chooseEmbedder(options)
  const splitting = { tokenizer: tiktoken(), ...defined({ passageTokens, overlapTokens }) }
  const configuration = { splitter: splitterName(splitting), language, ...defined({ embedder: embedder?.id }) }
  const listed = { ...defined({ include }), exclude: [...(exclude ?? []), ...ownFiles(index)] }
  const path = index ?? (cache ? cachePath(data, [configuration, include, exclude]) : ':memory:')
  const store = await openToWrite(path, configuration, bm25Of(options))
  const documentEmbedder = await chooseEmbedder({ ...options, maxWaitMs: gatherMs })
  const ingestOptions = { ...splitting, store, rootExists: existsSync, ...defined({ embedder: documentEmbedder }) }
  const { failed } = await updateStore(filesIn(data, listed), ingestOptions, options)
  const { documents } = await lastValueFrom(store.stats())
  if (documents === 0 && failed > 0) throw new RagError('embedder', `No document of ${data.join(', ')} could be embedded.`)
  if (documents === 0 && options.watch !== true) throw new InputError(`No readable documents in ${data.join(', ')}. Riffle reads text, Markdown, HTML, PDF, DOCX, CSV, JSON, notebooks and code.`)
  return { store, failed, ...defined({ embedder, retrieval, filter: parseFilters(options.filter) }), updated: { filter: listed, options: ingestOptions } }
}

function bm25Of({ k1, b }: DataOptions) {
  return defined({ k1, b })
}

/** An index that is only read is read in its own language. */
function checkLanguage(made: Language, path: string, { language }: DataOptions): void {
  if (language === undefined || language === made) return
  throw new InputError(`The words of ${path} are indexed by the language ${made}, asked for was ${language}. Leave --language out, or build another index.`)
}

/** An index that has embeddings is searched with the embedder that made them, unless only words are asked for. */
async function embedderOf(store: IndexStore, path: string, options: DataOptions): Promise<Embedder | undefined> {
  const made = store.configuration.embedder
  const { embeddingModel, retrieval, baseUrl } = options
  if (retrieval === 'bm25' || (made === undefined && embeddingModel === undefined && retrieval === undefined)) return undefined
  if (made === undefined) throw new InputError(`The index ${path} has no embeddings, so it can be searched by words only: --retrieval bm25.`)
  const wanted = embeddingModel ?? (made.startsWith('hashed') ? 'hashed' : made.slice(made.indexOf(':') + 1))
  const embedder = await chooseEmbedder({ embeddingModel: wanted, ...defined({ baseUrl }) })
  if (embedder?.id !== made) {
    throw new RagError('input', `The embeddings of ${path} are by ${made}, the question would be embedded by ${embedder?.id}.`)
  }
  return embedder
}

/** An index that lies in the folder it is made of is none of its documents. */
function ownFiles(index: string | undefined): string[] {
  if (index === undefined || isAddress(index)) return []
  const name = basename(index).replace(/[\\!*?[\](){}+@]/g, '\\$&')
  return [name, `${name}-wal`, `${name}-shm`]
}
