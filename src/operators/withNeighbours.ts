import { type Observable, type OperatorFunction, asapScheduler, concatMap, forkJoin, map, of, subscribeOn, throwIfEmpty } from 'rxjs'
import { ContractError, InvalidOptionError } from '../errors.ts'
import { placeOf } from '../internal/placeOf.ts'
import { requirePositiveInteger } from '../internal/requirePositiveInteger.ts'
import { type Located, widenPassages } from '../internal/widenPassages.ts'
import type { Passage, ScoredPassage } from '../types/document.ts'
import type { PassageStore } from '../types/ports.ts'
import type { RetrievedQuery } from '../types/query.ts'

export interface WithNeighboursOptions {
  /** Where the passages came from. */
  readonly store: PassageStore | readonly PassageStore[]
  /** Passages in front of each. Default 1. */
  readonly before?: number
  /** Passages behind each. Default 1. */
  readonly after?: number
  /** As much of the document as the budget lets in, instead of `before` and `after`. */
  readonly whole?: boolean
  /** Bound on all passages of a query together; what was found stays, whatever it takes. Default 6000. */
  readonly maxTokens?: number
}

/** Of each store: what it has of a document, by places. */
type Reading = readonly ReadonlyMap<number, Passage>[]

/**
 * Widens each passage by its neighbours in the document, so that small passages can be searched for and large ones read.
 *
 * The best passage gets its neighbours first, the nearest first. Passages of one document that then overlap or touch are
 * one, without repetitions, at the rank of the best. A widened passage keeps the id, the score and the document of what was
 * found; `start`, `end`, `text`, `line`, `page` are those of the whole, `headings` what all of it has above it, `tokens` at
 * most what it takes. Its text is that of the document from `start` to `end`. No store keeps the blanks that `split` leaves
 * out between two passages: line breaks alone and single spaces are known, over others nothing is widened. Left as they are:
 * passages that the store no longer has as they were found, and a sample for a question about the whole.
 *
 * - Order: queries one after another; passages as they were ranked.
 * - Memory: the neighbours of one query's passages; with `whole` their documents.
 * - Drop: unsubscribing ends the requests to the stores.
 * - Errors: the first store's.
 *
 * @throws InvalidOptionError at the call, when there is no store or a number cannot work.
 *
 * @example
 * query$.pipe(retrieve(store), withNeighbours({ store, before: 1, after: 2 }), buildPrompt())
 */
export function withNeighbours(options: WithNeighboursOptions): OperatorFunction<RetrievedQuery, RetrievedQuery> {
  const { store, before = 1, after = 1, whole = false, maxTokens = 6000 } = options
  const stores = 'search' in store ? [store] : store
  if (stores.length === 0) throw new InvalidOptionError('Expected at least one store')
  for (const [name, value] of Object.entries({ before, after })) {
    if (!Number.isSafeInteger(value) || value < 0) throw new InvalidOptionError(`Expected ${name} to be a whole number from 0, got ${value}`)
  }
  requirePositiveInteger('maxTokens', maxTokens)
  const reach = whole ? { before: Infinity, after: Infinity } : { before, after }

  const read = (hit: ScoredPassage): Observable<Reading> => {
    const place = placeOf(hit)
    const range = whole ? undefined : { from: Math.max(0, place - before), to: place + after }
    return forkJoin(stores.map((one) => one.passages(hit.documentId, range))).pipe(
      throwIfEmpty(() => new ContractError('Expected one answer from every store')),
      map((answers) => answers.map((passages) => new Map(passages.map((passage) => [placeOf(passage), passage])))),
    )
  }
  const locateAll = (hits: readonly ScoredPassage[]): Observable<Located[]> => {
    const keyOf = (hit: ScoredPassage) => (whole ? hit.documentId : hit.id)
    const asked = new Map(hits.map((hit) => [keyOf(hit), hit]))
    return forkJoin([...asked.values()].map(read)).pipe(
      map((answers) => {
        const readings = new Map(Array.from(asked.keys(), (key, index) => [key, answers[index]!]))
        return hits.map((hit) => locate(hit, readings.get(keyOf(hit))!))
      }),
    )
  }
  const widen = (query: RetrievedQuery): Observable<RetrievedQuery> =>
    query.kind === 'overview' || query.passages.length === 0
      ? of(query)
      : locateAll(query.passages).pipe(map((located) => ({ ...query, passages: widenPassages(located, { ...reach, maxTokens }) })))

  // Never synchronous: `concatMap` hangs when thousands of waiting queries are widened at once.
  return (queries) => queries.pipe(concatMap((query) => widen(query).pipe(subscribeOn(asapScheduler))))
}

/** Among what the stores have of the document: the first that has the passage as it was found. */
function locate(hit: ScoredPassage, reading: Reading): Located {
  const place = placeOf(hit)
  const from = reading.findIndex((passages) => passages.get(place)?.id === hit.id && passages.get(place)?.text === hit.text)
  return { hit, place, document: `${from}\n${from < 0 ? hit.id : hit.documentId}`, around: reading[from] ?? new Map([[place, hit]]) }
}
