import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { bestFirst } from '../../internal/bestFirst.ts'
import type { Rankers } from '../../internal/rankPassages.ts'
import { createVectorMatrix, type VectorMatrix } from '../../internal/vectorMatrix.ts'
import { type Bm25Options, weighTerms } from '../../internal/weighTerms.ts'
import { createAccepting } from './accepting.ts'
import { createPostings } from './postings.ts'

export function createRankers(database: DatabaseSync, options: Bm25Options = {}): Rankers {
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
  const vectors = current(loadVectors)
  const index = current(createPostings)
  const accepting = current(createAccepting)

  return {
    bm25({ terms, phrases }, count, accepts) {
      if (terms.length === 0) return []
      const { collection, passages, of, placesOf } = index()
      const found = [...new Set(terms)].flatMap((term) => of(term) ?? [])
      if (found.length === 0) return []
      const accepted = (place: number): boolean => accepts === undefined || accepts(passages[place]!)
      const [first, ...more] = phrases.map(placesOf)
      const holders = new Set([...(first ?? [])].filter((place) => more.every((places) => places.has(place)) && accepted(place)))
      const best = bestFirst(weighTerms(found, collection, options), count, holders.size === 0 ? accepted : (place) => holders.has(place))
      return best.map(({ place, score }) => ({ passage: passages[place]!, score }))
    },
    vector: (embedding, count, accepts) => vectors().search(embedding, count, accepts),
    accepting: (filter) => accepting()(filter),
  }
}

function loadVectors(prepare: (sql: string) => StatementSync): VectorMatrix {
  const vectors = createVectorMatrix()
  for (const row of prepare('SELECT passage, embedding FROM embeddings ORDER BY passage').iterate()) {
    const bytes = row['embedding'] as Uint8Array
    vectors.add(Number(row['passage']), new Float32Array(bytes.slice().buffer))
  }
  return vectors
}
