import type { ScoredPassage } from '../../src/types/document.ts'
import type { RetrievedQuery } from '../../src/types/query.ts'

/** A query for which these passages were found. */
export function retrievedQuery(passages: readonly ScoredPassage[], more: Partial<RetrievedQuery> = {}): RetrievedQuery {
  return { id: '1', question: 'Why do herons wait?', passages, searched: { documents: 10, passages: 100 }, kind: 'lookup', ...more }
}
