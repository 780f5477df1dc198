import { type Observable, type OperatorFunction, asapScheduler, concatMap, forkJoin, map, of, subscribeOn, throwIfEmpty } from 'rxjs'
import { ContractError, InvalidOptionError } from '../errors.ts'
import { clipPassage } from '../internal/clipPassage.ts'
import { requireEmbeddings } from '../internal/checkEmbedding.ts'
import { checkWeights } from '../internal/checkWeights.ts'
import { createFilter } from '../internal/createFilter.ts'
import { defined } from '../internal/defined.ts'
import { fuseRanks } from '../internal/fuseRanks.ts'
import { isOverviewQuestion } from '../internal/isOverviewQuestion.ts'
import { mark } from '../internal/mark.ts'
import { requirePositiveInteger } from '../internal/requirePositiveInteger.ts'
import type { ScoredPassage } from '../types/document.ts'
import type { Filter } from '../types/filter.ts'
import type { Embedder, PassageStore, RankWeights, Retrieval, SearchRequest } from '../types/ports.ts'
import type { Query, RetrievedQuery } from '../types/query.ts'

export interface RetrieveOptions {
  /** Passages per question, over all stores together. Default 5. */
  readonly topK?: number
  /** Default: `hybrid` with an embedder, else `bm25`. */
  readonly retrieval?: Retrieval
  /** Embeds the question; must be the one that embedded the passages. Needed for `vector` and `hybrid`. */
  readonly embedder?: Embedder
  /** Only passages of documents that match. A question about the whole is then searched for like all others. */
  readonly filter?: Filter
  /** Of `hybrid`: how much each ranking counts. Default 1 and 1. */
  readonly weights?: RankWeights
  /** False: questions about the whole ("what are the main topics?") are searched for like all others. Default true: they get a sample. */
  readonly overview?: boolean
}

/** Passages that stand for the whole, for a question about it: few each of many documents. */
const overviewPassages = 40
/** Their text together; the more there are, the less of each. */
const overviewCharacters = 24_000

/**
 * Finds the passages for a question, and puts them into the query.
 *
 * One store or several, and all formulations of the question, searched at once; several are fused by reciprocal rank. A question about the whole folder gets
 * the beginnings of passages spread over all documents, and `kind: 'overview'`.
 *
 * - Order: questions one after another, passages best first.
 * - Memory: the passages of one question.
 * - Drop: unsubscribing ends the searches and the embedding request.
 * - Errors: the first store's or the embedder's error ends the stream.
 *
 * @throws InvalidOptionError at the call: no store, a bad `topK`, filter or weight, or `vector` and `hybrid` without an embedder.
 *
 * @example
 * of({ id: '1', question: 'How do I limit mergeMap?' }).pipe(retrieve(store, { topK: 5 }))
 */
export function retrieve(stores: PassageStore | readonly PassageStore[], options: RetrieveOptions = {}): OperatorFunction<Query, RetrievedQuery> {
  const { topK = 5, embedder, retrieval = embedder === undefined ? 'bm25' : 'hybrid', overview = true, filter, weights } = options
  const all = 'search' in stores ? [stores] : stores
  requirePositiveInteger('topK', topK)
  checkWeights(weights)
  if (filter !== undefined) createFilter(filter)
  if (all.length === 0) throw new InvalidOptionError('Expected at least one store')
  if (retrieval !== 'bm25' && embedder === undefined) {
    throw new InvalidOptionError(`Expected an embedder for retrieval '${retrieval}'`)
  }

  /** Embeds the question, unless that is done, and all formulations, in one request. */
  const embedQuestion = (query: Query): Observable<Asked> => {
    const { formulations = [], embedding: known } = query
    const question = query.standalone ?? query.question
    const ways = [{ text: question, ...(known !== undefined && { embedding: known }) }, ...formulations.map((text) => ({ text }))]
    const texts = known === undefined ? [question, ...formulations] : formulations
    if (retrieval === 'bm25' || embedder === undefined || texts.length === 0) return of({ query, ways })
    return embedder.embed(texts).pipe(
      throwIfEmpty(() => new ContractError(`Expected ${texts.length} embedding${texts.length === 1 ? '' : 's'} from ${embedder.id}, got none`)),
      map((made) => {
        requireEmbeddings(made, texts.length, embedder.id)
        const embeddings = known === undefined ? made : [known, ...made]
        const [embedding] = embeddings
        const embedded = { ...query, ...(embedding !== undefined && { embedding }), marks: [...(query.marks ?? []), mark('embedded')] }
        return { query: embedded, ways: ways.map((way, index) => ({ ...way, ...(embeddings[index] !== undefined && { embedding: embeddings[index] }) })) }
      }),
    )
  }
  const search = ({ query, ways }: Asked): Observable<Found> =>
    forkJoin(ways.map((way) => together(all, (store) => store.search({ ...way, topK, retrieval, ...defined({ filter, weights }) })))).pipe(
      map((lists) => ({ ...query, kind: 'lookup' as const, passages: fuse(lists.flat(), topK) })),
    )
  const sample = (query: Query): Observable<Found> =>
    together(all, (store) => store.sample(Math.ceil(overviewPassages / all.length))).pipe(
      map((lists) => ({ ...query, kind: 'overview' as const, passages: clipAll(lists.flat()) })),
    )
  const noteSearched = (query: Found): Observable<RetrievedQuery> =>
    together(all, (store) => store.stats()).pipe(
      map((stats) => ({
        ...query,
        searched: { documents: sum(stats.map(({ documents }) => documents)), passages: sum(stats.map(({ passages }) => passages)) },
        marks: [...(query.marks ?? []), mark('retrieved')],
      })),
    )

  return (queries) =>
    queries.pipe(
      concatMap((query) => {
        const found = overview && filter === undefined && isOverviewQuestion(query.standalone ?? query.question) ? sample(query) : embedQuestion(query).pipe(concatMap(search))
        // Never synchronous: `concatMap` hangs when thousands of waiting questions are answered at once.
        return found.pipe(concatMap(noteSearched), subscribeOn(asapScheduler))
      }),
    )
}

type Found = Omit<RetrievedQuery, 'searched'>

/** What is searched for: the question, then its formulations. */
interface Asked {
  readonly query: Query
  readonly ways: readonly Pick<SearchRequest, 'text' | 'embedding'>[]
}

/** One result of each store, in their order. */
function together<T>(stores: readonly PassageStore[], ask: (store: PassageStore) => Observable<T>): Observable<T[]> {
  return forkJoin(stores.map(ask)).pipe(throwIfEmpty(() => new ContractError('Expected one answer from every store')))
}

/** Each passage's beginning, so that all together stay within the bound. */
function clipAll(passages: readonly ScoredPassage[]): ScoredPassage[] {
  return passages.map((passage) => clipPassage(passage, Math.floor(overviewCharacters / passages.length)))
}

function fuse(lists: readonly (readonly ScoredPassage[])[], topK: number): readonly ScoredPassage[] {
  if (lists.length === 1) return lists[0] ?? []
  // Two stores may have the same id for different texts; the same text in both is one passage.
  return fuseRanks(lists, ({ id, text }) => `${id}\n${text}`)
    .slice(0, topK)
    .map(({ item, score }) => ({ ...item, score }))
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
