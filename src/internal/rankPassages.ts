import { InvalidOptionError } from '../errors.ts'
import type { SearchRequest } from '../types/ports.ts'
import { analyze } from './analyze.ts'
import { fuseRanks } from './fuseRanks.ts'

export interface RankedPassage {
  readonly passage: number
  readonly score: number
}

/** How a store finds candidates; both lists best first. */
export interface Rankers {
  bm25(terms: readonly string[], count: number): readonly RankedPassage[]
  vector(embedding: Float32Array, count: number): readonly RankedPassage[]
}

/** Candidates of each kind that `hybrid` fuses, at least. */
const minFused = 50

/** Searches as the request says: one ranking, or two fused. */
export function rankPassages(rankers: Rankers, request: SearchRequest): readonly RankedPassage[] {
  const { embedding, topK } = request
  const retrieval = request.retrieval ?? (embedding === undefined ? 'bm25' : 'hybrid')
  if (retrieval === 'bm25') return rankers.bm25(analyze(request.text), topK)
  if (embedding === undefined) throw new InvalidOptionError(`Expected an embedding of the question for retrieval '${retrieval}'`)
  if (retrieval === 'vector') return rankers.vector(embedding, topK)
  const count = Math.max(minFused, topK)
  const lists = [rankers.bm25(analyze(request.text), count), rankers.vector(embedding, count)]
  return fuseRanks(lists, ({ passage }) => String(passage).padStart(16, '0'))
    .slice(0, topK)
    .map(({ item, score }) => ({ passage: item.passage, score }))
}
