import { InvalidOptionError } from '../errors.ts'
import type { Filter } from '../types/filter.ts'
import type { Language, RankWeights, SearchRequest } from '../types/ports.ts'
import { checkWeights } from './checkWeights.ts'
import { fuseRanks } from './fuseRanks.ts'
import { type SearchWords, searchWords } from './searchWords.ts'

export interface RankedPassage {
  readonly passage: number
  readonly score: number
}

/** Whether a passage may be found; absent: all may. */
export type Accepts = (passage: number) => boolean

/** How a store finds candidates; both lists best first. */
export interface Rankers {
  /** Orders passages of one score, by their ids: which of them are found must not depend on when they were written. */
  tied(a: number, b: number): number
  bm25(words: SearchWords, count: number, accepts?: Accepts): readonly RankedPassage[]
  vector(embedding: Float32Array, count: number, accepts?: Accepts): readonly RankedPassage[]
  /** Which passages are of documents that match. */
  accepting(filter: Filter): Accepts
}

/** Candidates of each kind that `hybrid` fuses, at least. */
const minFused = 50

/** Searches as the request says: one ranking, or two fused. What the filter keeps out is no candidate. */
export function rankPassages(rankers: Rankers, request: SearchRequest, language: Language = 'english'): readonly RankedPassage[] {
  const { text, filter } = request
  const { byWords, embedding, count } = rankingsOf(request)
  const accepts = filter === undefined ? undefined : rankers.accepting(filter)
  const words = byWords ? rankers.bm25(searchWords(text, language), count, accepts) : undefined
  const near = embedding === undefined ? undefined : rankers.vector(embedding, count, accepts)
  return fuseRankings(words, near, request, (a, b) => rankers.tied(a, b))
}

/** The rankings that a request asks for, and how many candidates of each. */
export interface Rankings {
  readonly byWords: boolean
  /** Absent: not by vectors. */
  readonly embedding?: Float32Array
  readonly count: number
}

/** @throws InvalidOptionError when the request cannot be answered. */
export function rankingsOf({ embedding, topK, weights, ...request }: SearchRequest): Rankings {
  const retrieval = request.retrieval ?? (embedding === undefined ? 'bm25' : 'hybrid')
  checkWeights(weights)
  if (retrieval === 'bm25') return { byWords: true, count: topK }
  if (embedding === undefined) throw new InvalidOptionError(`Expected an embedding of the question for retrieval '${retrieval}'`)
  return retrieval === 'vector' ? { byWords: false, embedding, count: topK } : { byWords: true, embedding, count: Math.max(minFused, topK) }
}

/** Of two rankings the best of both; a single one as it is. */
export function fuseRankings(
  words: readonly RankedPassage[] | undefined,
  near: readonly RankedPassage[] | undefined,
  { topK, weights }: SearchRequest,
  tied: (a: number, b: number) => number = (a, b) => a - b,
): readonly RankedPassage[] {
  if (words === undefined || near === undefined) return words ?? near ?? []
  return fuseRanks([words, near], ({ passage }) => passage, listOf(weights), (a, b) => tied(a.passage, b.passage), topK)
    .map(({ item, score }) => ({ passage: item.passage, score }))
}

function listOf({ bm25 = 1, vector = 1 }: RankWeights = {}): readonly number[] {
  return [bm25, vector]
}
