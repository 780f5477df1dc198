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
  bm25(words: SearchWords, count: number, accepts?: Accepts): readonly RankedPassage[]
  vector(embedding: Float32Array, count: number, accepts?: Accepts): readonly RankedPassage[]
  /** Which passages are of documents that match. */
  accepting(filter: Filter): Accepts
}

/** Candidates of each kind that `hybrid` fuses, at least. */
const minFused = 50

/** Searches as the request says: one ranking, or two fused. What the filter keeps out is no candidate. */
export function rankPassages(rankers: Rankers, request: SearchRequest, language: Language = 'english'): readonly RankedPassage[] {
  const { embedding, topK, text, filter } = request
  const retrieval = request.retrieval ?? (embedding === undefined ? 'bm25' : 'hybrid')
  if (retrieval !== 'bm25' && embedding === undefined) throw new InvalidOptionError(`Expected an embedding of the question for retrieval '${retrieval}'`)
  checkWeights(request.weights)
  const accepts = filter === undefined ? undefined : rankers.accepting(filter)
  if (retrieval === 'bm25' || embedding === undefined) return rankers.bm25(searchWords(text, language), topK, accepts)
  if (retrieval === 'vector') return rankers.vector(embedding, topK, accepts)
  const count = Math.max(minFused, topK)
  const lists = [rankers.bm25(searchWords(text, language), count, accepts), rankers.vector(embedding, count, accepts)]
  return fuseRanks(lists, ({ passage }) => String(passage).padStart(16, '0'), listOf(request.weights))
    .slice(0, topK)
    .map(({ item, score }) => ({ passage: item.passage, score }))
}

function listOf({ bm25 = 1, vector = 1 }: RankWeights = {}): readonly number[] {
  return [bm25, vector]
}
