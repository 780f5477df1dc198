import { type Observable, type OperatorFunction, asapScheduler, catchError, concatMap, defer, map, of, subscribeOn, throwError, toArray } from 'rxjs'
import { ContractError, InvalidOptionError } from '../errors.ts'
import { extremes } from '../internal/extremes.ts'
import { mark } from '../internal/mark.ts'
import { requirePositiveInteger } from '../internal/requirePositiveInteger.ts'
import type { ScoredPassage } from '../types/document.ts'
import type { Reranker } from '../types/ports.ts'
import type { RetrievedQuery } from '../types/query.ts'

export interface RerankOptions {
  /** Passages that stay. Default 5. */
  readonly topK?: number
  /** Passages that the reranker is given, from the first on; those behind stay behind, in their order. Default: all. */
  readonly candidates?: number
  /** When the reranker fails: the query fails, or the first ranking stands and there is no `reranked` mark. Default `fail`. */
  readonly onError?: 'fail' | 'keep'
  /** Told of each failure that `keep` passed over. */
  readonly onFailure?: (error: unknown) => void
}

/**
 * Ranks the passages of a query anew and keeps the best: a cheap search finds many, a better judge of few chooses.
 *
 * A sample for a question about the whole has no ranking and passes unchanged, and so does a query without passages.
 *
 * - Order: queries one after another; passages by their new scores, equal ones as the reranker returned them.
 * - Memory: the passages of one query.
 * - Drop: unsubscribing ends the reranker's request; what it used is in `query.calls`.
 * - Errors: the reranker's, unless `onError` is `keep`; `ContractError` always, when it left out, repeated or made up a
 *   passage, or gave one a score that is no number.
 *
 * @throws InvalidOptionError at the call, when an option cannot work.
 *
 * @example
 * query$.pipe(retrieve(store, { topK: 50 }), rerank(proximity(), { topK: 5 }), buildPrompt())
 */
export function rerank(reranker: Reranker, options: RerankOptions = {}): OperatorFunction<RetrievedQuery, RetrievedQuery> {
  const { topK = 5, candidates = Number.MAX_SAFE_INTEGER, onError = 'fail', onFailure } = options
  requirePositiveInteger('topK', topK)
  requirePositiveInteger('candidates', candidates)
  if (onError !== 'fail' && onError !== 'keep') throw new InvalidOptionError(`Expected onError to be 'fail' or 'keep', got ${String(onError)}`)

  const rank = (query: RetrievedQuery): Observable<RetrievedQuery> => {
    const { question, calls = [], marks = [] } = query
    const asked = query.passages.slice(0, candidates)
    const enriched = (passages: readonly ScoredPassage[], ...more: typeof marks) => ({ ...query, calls, passages: passages.slice(0, topK), marks: [...marks, ...more] })
    return defer(() => reranker.rerank(question, asked, (call) => calls.push(call))).pipe(
      toArray(),
      map((answers) => enriched([...ranked(asked, answers), ...behind(query.passages.slice(candidates), answers)], mark('reranked'))),
      catchError((error: unknown) => {
        // Not thrown: so the request has ended, and has told what it used, before the error goes on.
        if (onError === 'fail' || error instanceof ContractError) return throwError(() => error)
        onFailure?.(error)
        return of(enriched(query.passages))
      }),
    )
  }
  return (queries) =>
    queries.pipe(
      concatMap((query) => {
        const next = query.kind === 'overview' || query.passages.length === 0 ? of(query) : rank(query)
        // Never synchronous: `concatMap` hangs when thousands of waiting queries are ranked at once.
        return next.pipe(subscribeOn(asapScheduler))
      }),
    )
}

/** The passages as they were given, by the scores that came back. */
function ranked(given: readonly ScoredPassage[], answers: readonly (readonly ScoredPassage[])[]): ScoredPassage[] {
  const [returned] = answers
  if (returned === undefined || answers.length > 1) throw new ContractError(`Expected 1 ranking from the reranker, got ${answers.length}`)
  const left = new Map<string, ScoredPassage[]>()
  for (const passage of given) left.set(keyOf(passage), [...(left.get(keyOf(passage)) ?? []), passage])
  const scored = returned.map((passage) => {
    const known = left.get(keyOf(passage))?.shift()
    if (known === undefined) throw new ContractError(`Expected each passage once from the reranker, got ${passage.id} again, or unasked`)
    if (!Number.isFinite(passage.score)) throw new ContractError(`Expected a finite score from the reranker, got ${passage.score} for ${passage.id}`)
    return { ...known, score: passage.score }
  })
  if (scored.length < given.length) throw new ContractError(`Expected ${given.length} passages from the reranker, got ${scored.length}`)
  return scored.toSorted((a, b) => b.score - a.score)
}

/** Passages that were not asked about, with scores below all that were. */
function behind(rest: readonly ScoredPassage[], answers: readonly (readonly ScoredPassage[])[]): ScoredPassage[] {
  const { lowest } = extremes(answers.flat().map(({ score }) => score))
  return rest.map((passage, index) => ({ ...passage, score: lowest - index - 1 }))
}

/** Two stores may have the same id for different texts. */
function keyOf({ id, text }: ScoredPassage): string {
  return `${id}\n${text}`
}
