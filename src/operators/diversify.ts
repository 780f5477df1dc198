import { type MonoTypeOperatorFunction, map } from 'rxjs'
import { InvalidOptionError } from '../errors.ts'
import { analyze } from '../internal/analyze.ts'
import { extremes } from '../internal/extremes.ts'
import { requirePositiveInteger } from '../internal/requirePositiveInteger.ts'
import type { ScoredPassage } from '../types/document.ts'
import type { RetrievedQuery } from '../types/query.ts'

export interface DiversifyOptions {
  /** Passages that stay. Default 5. */
  readonly topK?: number
  /** 1: relevance alone, 0: difference alone. Default 0.5: what repeats the best comes behind all that is more relevant than alike. */
  readonly lambda?: number
}

/**
 * Keeps passages that are relevant and say different things: maximal marginal relevance (Carbonell and Goldstein, 1998).
 * Each next passage is the one with the largest λ × relevance − (1 − λ) × likeness to the most alike one already taken.
 *
 * Relevance is the score of the ranking, from 0 for the last to 1 for the best. Likeness is the cosine: of the embeddings
 * when every passage carries one of the same length, else of the terms of their texts, repeated ones counting 1 + ln(n).
 * Below 0 it counts as 0.
 * A sample for a question about the whole passes unchanged.
 *
 * - Order: kept; passages as they were taken. The score is the value by which each was taken; it never rises.
 * - Memory: the terms of one query's passages; nothing of embeddings.
 * - Drop: nothing to end. Errors: the source's.
 *
 * @throws InvalidOptionError at the call, when `topK` is not a positive integer or `lambda` is not from 0 to 1.
 *
 * @example
 * query$.pipe(retrieve(store, { topK: 30 }), diversify({ topK: 5 }), buildPrompt())
 */
export function diversify(options: DiversifyOptions = {}): MonoTypeOperatorFunction<RetrievedQuery> {
  const { topK = 5, lambda = 0.5 } = options
  requirePositiveInteger('topK', topK)
  if (!(lambda >= 0 && lambda <= 1)) throw new InvalidOptionError(`Expected lambda to be from 0 to 1, got ${lambda}`)

  return map((query) => (query.kind === 'overview' ? query : { ...query, passages: choose(query.passages, topK, lambda) }))
}

function choose(passages: readonly ScoredPassage[], topK: number, lambda: number): ScoredPassage[] {
  const relevance = relevanceIn(passages)
  const likeness = likenessIn(passages)
  // `nearest`: likeness to the most alike passage already taken.
  let left = passages.map((passage, index) => ({ passage, index, relevance: relevance(passage), nearest: 0 }))
  const chosen: ScoredPassage[] = []
  while (chosen.length < topK && left.length > 0) {
    const valueOf = (one: (typeof left)[number]) => lambda * one.relevance - (1 - lambda) * one.nearest
    const best = left.reduce((a, b) => (valueOf(b) > valueOf(a) ? b : a))
    chosen.push({ ...best.passage, score: valueOf(best) })
    left = left
      .filter((one) => one !== best)
      .map((one) => ({ ...one, nearest: Math.max(one.nearest, likeness(one.index, best.index)) }))
  }
  return chosen
}

function relevanceIn(passages: readonly ScoredPassage[]): (passage: ScoredPassage) => number {
  const { lowest, highest } = extremes(passages.map(({ score }) => score))
  const range = highest - lowest
  return ({ score }) => (range === 0 ? 1 : (score - lowest) / range)
}

/** Likeness of two of the passages, by index. */
function likenessIn(passages: readonly ScoredPassage[]): (a: number, b: number) => number {
  const embeddings = passages.flatMap((passage) => ('embedding' in passage && passage.embedding instanceof Float32Array ? [passage.embedding] : []))
  const isEmbedded = embeddings.length === passages.length && embeddings.every(({ length }) => length === embeddings[0]?.length)
  return isEmbedded ? cosines(embeddings, dotOfNumbers) : cosines(passages.map(({ text }) => termWeights(text)), dotOfTerms)
}

/** Opposite is as different as unrelated: what is below 0 is 0. */
function cosines<Vector>(vectors: readonly Vector[], dot: (a: Vector, b: Vector) => number): (a: number, b: number) => number {
  const lengths = vectors.map((vector) => Math.sqrt(dot(vector, vector)))
  return (a, b) => {
    const length = (lengths[a] ?? 0) * (lengths[b] ?? 0)
    return length === 0 ? 0 : Math.max(0, dot(vectors[a]!, vectors[b]!) / length)
  }
}

function termWeights(text: string): Map<string, number> {
  const counts = new Map<string, number>()
  for (const term of analyze(text)) counts.set(term, (counts.get(term) ?? 0) + 1)
  return new Map(Array.from(counts, ([term, count]) => [term, 1 + Math.log(count)]))
}

function dotOfNumbers(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let index = 0; index < a.length; index++) sum += a[index]! * b[index]!
  return sum
}

function dotOfTerms(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number {
  const [small, large] = a.size < b.size ? [a, b] : [b, a]
  let sum = 0
  for (const [term, weight] of small) sum += weight * (large.get(term) ?? 0)
  return sum
}
