import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { bestFirst } from '../../internal/bestFirst.ts'
import type { Rankers } from '../../internal/rankPassages.ts'
import type { VectorOptions } from '../../internal/vectors/vectorMatrix.ts'
import { type Bm25Options, createZeros, weighTerms } from '../../internal/weighTerms.ts'
import { createAccepting } from './accepting.ts'
import { createOrder } from './order.ts'
import { createPostings } from './postings.ts'
import { createStoredVectors } from './storedVectors.ts'

interface SearchOptions {
  readonly bm25?: Bm25Options
  readonly vectors?: VectorOptions
}

export function createRankers(database: DatabaseSync, { bm25, vectors: vectorOptions }: SearchOptions): Rankers {
  // Prepared on first use: a process that only writes, or that searches one way, does not pay for the others.
  const statements = new Map<string, StatementSync>()
  const prepare = (sql: string): StatementSync => {
    const known = statements.get(sql) ?? database.prepare(sql)
    statements.set(sql, known)
    return known
  }
  const version = () => `${String(prepare('PRAGMA data_version').get()?.['data_version'])}/${String(prepare('SELECT total_changes() AS n').get()?.['n'])}`
  /** Made anew when anybody has written since. */
  const current = <T>(make: (prepare: (sql: string) => StatementSync) => T): (() => T) => {
    let made: { version: string; value: T } | undefined
    return () => {
      const now = version()
      if (made?.version !== now) made = { version: now, value: make(prepare) }
      return made.value
    }
  }
  const vectors = createStoredVectors(prepare, version, vectorOptions)
  const index = current(createPostings)
  const accepting = current(createAccepting)
  const order = current(createOrder)
  const zeros = createZeros()

  return {
    tied: (a, b) => order()(a, b),
    bm25({ terms, phrases }, count, accepts) {
      if (terms.length === 0) return []
      const { collection, passages, of, placesOf } = index()
      const tied = order()
      const found = [...new Set(terms)].flatMap((term) => of(term) ?? [])
      if (found.length === 0) return []
      const accepted = (place: number): boolean => accepts === undefined || accepts(passages[place]!)
      const [first, ...more] = phrases.map(placesOf)
      const holders = new Set([...(first ?? [])].filter((place) => more.every((places) => places.has(place)) && accepted(place)))
      const scores = weighTerms(zeros(passages.length), found, collection, bm25)
      const best = bestFirst(scores, count, holders.size === 0 ? accepted : (place) => holders.has(place), (a, b) => tied(passages[a]!, passages[b]!))
      return best.map(({ place, score }) => ({ passage: passages[place]!, score }))
    },
    vector: (embedding, count, accepts) => vectors().search(embedding, count, accepts, order()),
    accepting: (filter) => accepting()(filter),
  }
}
