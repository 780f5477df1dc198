import { type MonoTypeOperatorFunction, type OperatorFunction, identity } from 'rxjs'
import { InputError } from '../errors.ts'
import { defined } from '../internal/defined.ts'
import { llmReranker } from '../models/llmReranker.ts'
import { proximity } from '../models/proximity.ts'
import { diversify } from '../operators/diversify.ts'
import { type RerankOptions, rerank } from '../operators/rerank.ts'
import { withNeighbours } from '../operators/withNeighbours.ts'
import type { Chunk } from '../types/chunk.ts'
import type { LanguageModel, PassageStore, Reranker } from '../types/ports.ts'
import type { RetrievedQuery } from '../types/query.ts'
import { type RankOptions, defaultCandidates } from './rankOptions.ts'

/** How many passages to search for, and what to do with them. */
export interface Ranking {
  readonly topK: number
  readonly afterRetrieve: OperatorFunction<RetrievedQuery, RetrievedQuery>
}

interface RankingParts extends Pick<RerankOptions, 'onError' | 'onFailure'> {
  readonly topK: number
  readonly store: PassageStore
  /** For `--rerank llm`. */
  readonly model?: LanguageModel
  /** What happens inside a call to it. */
  readonly attempt?: MonoTypeOperatorFunction<Chunk>
}

/** Search for candidates, rank them, choose the different ones, widen them: of that, what the options name. */
export function ranking(options: RankOptions, { topK, store, model, attempt, ...failing }: RankingParts): Ranking {
  const { rerank: by, diversify: different = false, neighbours, candidates = Math.max(defaultCandidates, topK) } = options
  const many = by !== undefined || different ? candidates : topK
  const ranked = by === undefined ? identity : rerank(rerankerOf(by, model, attempt), { topK: different ? many : topK, ...failing })
  const chosen = different ? diversify({ topK }) : identity
  const widened = neighbours === undefined ? identity : withNeighbours({ store, before: neighbours, after: neighbours })
  return { topK: many, afterRetrieve: (queries) => queries.pipe(ranked, chosen, widened) }
}

function rerankerOf(by: 'offline' | 'llm', model: LanguageModel | undefined, attempt: RankingParts['attempt']): Reranker {
  if (by === 'offline') return proximity()
  if (model === undefined) throw new InputError('--rerank llm needs a model.')
  return llmReranker(model, defined({ attempt }))
}
