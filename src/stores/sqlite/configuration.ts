import type { DatabaseSync } from 'node:sqlite'
import { InputError } from '../../errors.ts'
import type { Language } from '../../types/ports.ts'
import { inTransaction } from './transaction.ts'

/** What made an index: two indexes can share a file only when these are equal. */
export interface IndexConfiguration {
  /** `Embedder.id`; absent: passages have no embeddings. */
  readonly embedder?: string
  readonly dimensions?: number
  /** How documents were split: sizes and tokenizer. */
  readonly splitter?: string
  /** By whose stop words and stems words are indexed and questions read. Absent: what the index has, `english` for a new one. */
  readonly language?: Language
}

/** What the file says of itself; empty for a new file. */
export function readConfiguration(database: DatabaseSync): IndexConfiguration & { readonly version?: number } {
  const rows = database.prepare('SELECT name, value FROM configuration').all()
  const values = new Map(rows.map((row) => [String(row['name']), String(row['value'])]))
  const dimensions = values.get('dimensions')
  const version = values.get('version')
  const embedder = values.get('embedder')
  const splitter = values.get('splitter')
  const language = values.get('language')
  return {
    ...(version === undefined ? {} : { version: Number(version) }),
    ...(embedder === undefined ? {} : { embedder }),
    ...(dimensions === undefined ? {} : { dimensions: Number(dimensions) }),
    ...(splitter === undefined ? {} : { splitter }),
    ...(language === undefined ? {} : { language: language as Language }),
  }
}

/** Notes what makes the index, or fails when something else made it. */
export function claimConfiguration(database: DatabaseSync, path: string, wanted: IndexConfiguration): void {
  if (isUnclaimed(database)) {
    inTransaction(database, path, () => {
      if (isUnclaimed(database)) writeConfiguration(database, textValues(wanted))
    })
  }
  const found = readConfiguration(database)
  if (wanted.splitter !== undefined && found.splitter !== wanted.splitter) {
    throw refusal(path, 'its passages were split by', found.splitter ?? 'nothing known', wanted.splitter)
  }
  const language = found.language ?? 'english'
  if (wanted.language !== undefined && language !== wanted.language) throw refusal(path, 'its words are indexed by the language', language, wanted.language)
  checkEmbedder(path, found, wanted)
}

/** Nothing is noted, and nothing was written by whoever noted nothing. */
function isUnclaimed(database: DatabaseSync): boolean {
  const { splitter, embedder, dimensions } = readConfiguration(database)
  if (splitter !== undefined || embedder !== undefined || dimensions !== undefined) return false
  return database.prepare('SELECT 1 FROM documents LIMIT 1').get() === undefined
}

/** Fails when a question or a passage would be embedded by another model than the index. */
export function checkEmbedder(path: string, found: IndexConfiguration, wanted: IndexConfiguration): void {
  if (found.embedder !== wanted.embedder) {
    throw refusal(path, 'its embeddings are by', found.embedder ?? 'no embedder', wanted.embedder ?? 'no embedder')
  }
  if (found.dimensions !== undefined && wanted.dimensions !== undefined && found.dimensions !== wanted.dimensions) {
    throw refusal(path, 'its embeddings have', `${found.dimensions} dimensions`, `${wanted.dimensions} dimensions`)
  }
}

/** Notes the length of the first embeddings, or fails when they have another. */
export function claimDimensions(database: DatabaseSync, path: string, dimensions: number): void {
  const found = readConfiguration(database).dimensions
  if (found === undefined) writeConfiguration(database, { dimensions: String(dimensions) })
  else if (found !== dimensions) throw refusal(path, 'its embeddings have', `${found} dimensions`, `${dimensions} dimensions`)
}

function writeConfiguration(database: DatabaseSync, values: Readonly<Record<string, string>>): void {
  const insert = database.prepare('INSERT OR REPLACE INTO configuration (name, value) VALUES (?, ?)')
  for (const [name, value] of Object.entries(values)) insert.run(name, value)
}

function textValues(configuration: IndexConfiguration): Record<string, string> {
  return Object.fromEntries(Object.entries(configuration).map(([name, value]) => [name, String(value)]))
}

function refusal(path: string, what: string, found: string, wanted: string): InputError {
  return new InputError(
    `The index ${path} does not fit: ${what} ${found}, asked for was ${wanted}. Use the same options, or another --index file.`,
  )
}
