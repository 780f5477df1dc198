/** What a look through an index found. */
export interface IndexCheck {
  /** What is wrong, a line each; empty: the index is whole. */
  readonly problems: readonly string[]
  readonly files: number
  readonly documents: number
  readonly passages: number
  readonly embeddings: number
  /** The folders and files that it was made of: what to build it again from. */
  readonly roots: readonly string[]
}

export function counted(n: number, one: string, more: string): string {
  return `${n} ${n === 1 ? one : more}`
}

/** A passage as it is stored. */
export interface StoredPassage {
  readonly document: unknown
  readonly start: number
  readonly tokens: number
  readonly line: number
  /** JSON, or null. */
  readonly headings: unknown
  /** UTF-8. */
  readonly text: unknown
}

export interface RowChecks {
  /** In the order of documents and places. */
  passage(row: StoredPassage): void
  /** A document's: JSON, or null. */
  metadata(value: unknown): void
  embedding(numbers: Float32Array | undefined): void
  /** What is wrong inside them, each kind of fault counted. */
  faults(): string[]
}

interface Seen {
  readonly document: unknown
  readonly start: number
  readonly text: string
}

/** Looks into passages, documents and embeddings as they are read, one by one. */
export function createRowChecks(): RowChecks {
  const faults = new Map<string, number>()
  const note = (fault: string, isWrong: boolean) => isWrong && faults.set(fault, (faults.get(fault) ?? 0) + 1)
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  let before: Seen | undefined

  return {
    passage(row) {
      const text = decoded(decoder, row.text)
      note('passages with a text that is none', text === undefined)
      note('passages with headings that are none', !isJson(row.headings))
      note('passages with an impossible line, place or number of tokens', row.start < 0 || row.tokens < 0 || row.line < 1)
      const seen: Seen = { document: row.document, start: row.start, text: text ?? '' }
      note('passages that do not begin where their text stands in the document', before !== undefined && before.document === seen.document && !fits(before, seen))
      before = text === undefined ? undefined : seen
    },
    metadata: (value) => void note('documents with metadata that are none', !isJson(value)),
    embedding: (numbers) => void note('embeddings with a number that is none', numbers?.every(Number.isFinite) !== true),
    faults: () => Array.from(faults, ([fault, n]) => `${n} ${fault}`),
  }
}

/** What a passage repeats of the one before has to be the same text. */
function fits(before: Seen, next: Seen): boolean {
  if (next.start < before.start) return false
  const shared = before.text.slice(next.start - before.start)
  return next.text.startsWith(shared) || shared.startsWith(next.text)
}

function decoded(decoder: InstanceType<typeof TextDecoder>, value: unknown): string | undefined {
  try {
    return value instanceof Uint8Array ? decoder.decode(value) : undefined
  } catch {
    return undefined
  }
}

function isJson(value: unknown): boolean {
  try {
    return value === null || (typeof value === 'string' && typeof JSON.parse(value) === 'object')
  } catch {
    return false
  }
}
