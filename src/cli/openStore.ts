import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import { lastValueFrom } from 'rxjs'
import { InputError, RagError } from '../errors.ts'
import { tiktoken } from '../models/tiktoken.ts'
import { splitterName } from '../operators/split.ts'
import { filesIn } from '../sources/filesIn.ts'
import type { Embedder, Retrieval } from '../types/ports.ts'
import { type SqliteStore, sqliteStore } from '../stores/sqlite/sqliteStore.ts'
import { defined } from '../internal/defined.ts'
import { cachePath } from './cachePath.ts'
import { chooseEmbedder } from './chooseEmbedder.ts'
import type { DataOptions } from './options.ts'
import { updateStore } from './updateStore.ts'

export interface OpenStore {
  readonly store: SqliteStore
  readonly embedder?: Embedder
  readonly retrieval?: Retrieval
  /** Documents that could not be embedded. */
  readonly failed?: number
}

/** The store that the options name, brought up to date with `--data` first. */
export async function openStore(options: DataOptions): Promise<OpenStore> {
  const { data, index, retrieval } = options
  if (data !== undefined) return openWithData(data, options)
  if (index === undefined) throw new InputError('Name your documents: --data FOLDER, or --index FILE.')
  if (!existsSync(index)) throw new InputError(`No index at ${index}. Make it: riffle index --data FOLDER --index ${index}`)
  const store = sqliteStore(index)
  return { store, ...defined({ embedder: await embedderOf(store, index, options), retrieval }) }
}

async function openWithData(data: readonly string[], options: DataOptions): Promise<OpenStore> {
  const { passageTokens, overlapTokens, include, exclude, retrieval, index, cache } = options
  const embedder = await chooseEmbedder(options)
  const splitting = { tokenizer: tiktoken(), ...defined({ passageTokens, overlapTokens }) }
  const configuration = { splitter: splitterName(splitting), ...defined({ embedder: embedder?.id }) }
  const files = filesIn(data, { ...defined({ include }), exclude: [...(exclude ?? []), ...ownFiles(index)] })
  const path = index ?? (cache ? cachePath(data, [configuration, include, exclude]) : ':memory:')
  const store = sqliteStore(path, { configuration })
  const { failed } = await updateStore(files, { ...splitting, store, rootExists: existsSync, ...defined({ embedder }) }, options)
  const { documents } = await lastValueFrom(store.stats())
  if (documents === 0 && failed > 0) throw new RagError('embedder', `No document of ${data.join(', ')} could be embedded.`)
  if (documents === 0) throw new InputError(`No readable documents in ${data.join(', ')}. Riffle reads text, Markdown, HTML, PDF, DOCX, CSV, JSON, notebooks and code.`)
  return { store, failed, ...defined({ embedder, retrieval }) }
}

/** An index that has embeddings is searched with the embedder that made them, unless only words are asked for. */
async function embedderOf(store: SqliteStore, path: string, options: DataOptions): Promise<Embedder | undefined> {
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
  if (index === undefined) return []
  const name = basename(index).replace(/[\\!*?[\](){}+@]/g, '\\$&')
  return [name, `${name}-wal`, `${name}-shm`]
}
