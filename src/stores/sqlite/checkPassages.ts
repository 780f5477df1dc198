import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'

interface Seen {
  readonly document: number
  readonly start: number
  readonly text: string
}

/** What is wrong inside passages, documents and embeddings: read one by one, each kind of fault counted. */
export function checkPassages(database: DatabaseSync): string[] {
  const faults = new Map<string, number>()
  const note = (fault: string, isWrong: boolean) => isWrong && faults.set(fault, (faults.get(fault) ?? 0) + 1)
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

  let before: Seen | undefined
  for (const row of database.prepare('SELECT document, start, tokens, line, headings, text FROM passages ORDER BY document, place').iterate()) {
    const text = decoded(decoder, row['text'])
    note('passages with a text that is none', text === undefined)
    note('passages with headings that are none', !isJson(row['headings']))
    note('passages with an impossible line, place or number of tokens', Number(row['start']) < 0 || Number(row['tokens']) < 0 || Number(row['line']) < 1)
    const seen: Seen = { document: Number(row['document']), start: Number(row['start']), text: text ?? '' }
    if (before?.document === seen.document) note('passages that do not begin where their text stands in the document', !fits(before, seen))
    before = text === undefined ? undefined : seen
  }
  for (const { metadata } of database.prepare('SELECT metadata FROM documents').iterate()) note('documents with metadata that are none', !isJson(metadata ?? null))
  for (const { embedding } of database.prepare('SELECT embedding FROM embeddings').iterate()) note('embeddings with a number that is none', !isFinite32(embedding))
  return Array.from(faults, ([fault, n]) => `${n} ${fault}`)
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

function isJson(value: SQLOutputValue | undefined): boolean {
  try {
    return value === null || (typeof value === 'string' && typeof JSON.parse(value) === 'object')
  } catch {
    return false
  }
}

function isFinite32(bytes: unknown): boolean {
  if (!(bytes instanceof Uint8Array)) return false
  // Another length is told by a rule of its own.
  if (bytes.length % 4 !== 0) return true
  return new Float32Array(bytes.slice().buffer).every(Number.isFinite)
}
