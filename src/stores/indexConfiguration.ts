import { InputError } from '../errors.ts'
import type { Language } from '../types/ports.ts'

/** What made an index: two can share one only when these are equal. */
export interface IndexConfiguration {
  /** `Embedder.id`; absent: passages have no embeddings. */
  readonly embedder?: string
  readonly dimensions?: number
  /** How documents were split: sizes and tokenizer. */
  readonly splitter?: string
  /** By whose stop words and stems words are indexed and questions read. Absent: what the index has, `english` for a new one. */
  readonly language?: Language
}

/** What an index says of itself. */
export interface FoundConfiguration extends IndexConfiguration {
  readonly version?: number
}

/** From pairs of name and value, as they are kept. */
export function parseConfiguration(pairs: Iterable<readonly [string, string]>): FoundConfiguration {
  const values = new Map(pairs)
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

export function textValues(configuration: IndexConfiguration): Record<string, string> {
  return Object.fromEntries(Object.entries(configuration).map(([name, value]) => [name, String(value)]))
}

/** Nobody has said yet what makes the index. */
export function isUnclaimed({ splitter, embedder, dimensions }: FoundConfiguration): boolean {
  return splitter === undefined && embedder === undefined && dimensions === undefined
}

/** Fails when something else made the index. */
export function requireFit(name: string, found: FoundConfiguration, wanted: IndexConfiguration): void {
  if (wanted.splitter !== undefined && found.splitter !== wanted.splitter) {
    throw refusal(name, 'its passages were split by', found.splitter ?? 'nothing known', wanted.splitter)
  }
  const language = found.language ?? 'english'
  if (wanted.language !== undefined && language !== wanted.language) throw refusal(name, 'its words are indexed by the language', language, wanted.language)
  if (found.embedder !== wanted.embedder) {
    throw refusal(name, 'its embeddings are by', found.embedder ?? 'no embedder', wanted.embedder ?? 'no embedder')
  }
  if (wanted.dimensions !== undefined) requireDimensions(name, found.dimensions ?? wanted.dimensions, wanted.dimensions)
}

export function requireDimensions(name: string, found: number, wanted: number): void {
  if (found !== wanted) throw refusal(name, 'its embeddings have', `${found} dimensions`, `${wanted} dimensions`)
}

function refusal(name: string, what: string, found: string, wanted: string): InputError {
  return new InputError(
    `The index ${name} does not fit: ${what} ${found}, asked for was ${wanted}. Use the same options, or another --index.`,
  )
}
