import type { StatementSync } from 'node:sqlite'
import type { Collection, Postings } from '../../internal/weighTerms.ts'

/** What FTS5 knows, as numbers: where each term stands, and how long each passage is. A place is the rank of a passage's number. */
export interface PostingsReader {
  readonly collection: Collection
  /** The passage's number, by place. */
  readonly passages: Float64Array
  /** Of a term; absent when no passage holds it. */
  of(term: string): Postings | undefined
  /** Places where the terms stand together, in this order. */
  placesOf(phrase: readonly string[]): ReadonlySet<number>
}

/** Numbers kept of terms that were asked for: 80 MB. */
const maxKept = 20_000_000

/**
 * Reads lengths at once and a term when it is asked for: a process that asks one question reads its terms only, and one that
 * stays finds them in memory. SQLite gives each list as one text, since a row for every number would cost ten times the time.
 */
export function createPostings(prepare: (sql: string) => StatementSync): PostingsReader {
  prepare("CREATE VIRTUAL TABLE IF NOT EXISTS temp.term_places USING fts5vocab(main, terms, 'instance')").run()
  const listOf = (sql: string, value: string): string => String(prepare(sql).get(value)?.['list'] ?? '')
  const sizes = String(prepare("SELECT group_concat(id || ' ' || hex(sz)) AS list FROM terms_docsize").get()?.['list'] ?? '')
  const entries = sizes === '' ? [] : sizes.split(',')
  const passages = new Float64Array(entries.length)
  const lengths = new Uint32Array(entries.length)
  let totalLength = 0
  for (const [place, entry] of entries.entries()) {
    const blank = entry.indexOf(' ')
    passages[place] = Number(entry.slice(0, blank))
    totalLength += lengths[place] = readVarint(entry, blank + 1)
  }

  const kept = new Map<string, Postings | undefined>()
  let numbers = 0
  const read = (term: string): Postings | undefined => {
    const found = eachPlace(listOf('SELECT group_concat(doc) AS list FROM temp.term_places WHERE term = ?', term), passages)
    if (found.length === 0) return undefined
    const pairs = new Uint32Array(found.length * 2)
    let size = 0
    for (const place of found) {
      if (size > 0 && pairs[size - 2] === place) pairs[size - 1]!++
      else {
        pairs[size] = place
        pairs[size + 1] = 1
        size += 2
      }
    }
    return { pairs: pairs.slice(0, size), size, passages: size / 2 }
  }

  return {
    collection: { lengths, passages: passages.length, totalLength },
    passages,
    of(term) {
      if (kept.has(term)) return kept.get(term)
      const postings = read(term)
      numbers += (postings?.size ?? 0) + 32
      if (numbers > maxKept) {
        kept.clear()
        numbers = postings?.size ?? 0
      }
      kept.set(term, postings)
      return postings
    },
    placesOf: (phrase) => new Set(eachPlace(listOf('SELECT group_concat(rowid) AS list FROM terms WHERE terms MATCH ?', `"${phrase.join(' ')}"`), passages)),
  }
}

/** The places of the passages that a list names, which rise. */
function eachPlace(list: string, passages: Float64Array): number[] {
  const places: number[] = []
  if (list === '') return places
  let place = 0
  let number = 0
  for (let index = 0; index <= list.length; index++) {
    const code = index === list.length ? comma : list.charCodeAt(index)
    if (code !== comma) {
      number = number * 10 + code - zero
      continue
    }
    if (passages[place]! > number) place = 0
    while (place < passages.length && passages[place]! < number) place++
    if (passages[place] === number) places.push(place)
    number = 0
  }
  return places
}

const comma = 44
const zero = 48

/** SQLite's number of variable length, in hexadecimal: seven bits a byte, the highest first. */
function readVarint(hex: string, start: number): number {
  let value = 0
  for (let index = start; index < hex.length; index += 2) {
    const byte = Number.parseInt(hex.slice(index, index + 2), 16)
    value = value * 128 + (byte & 127)
    if (byte < 128) break
  }
  return value
}
