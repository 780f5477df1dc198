import { InvalidOptionError } from '../errors.ts'
import type { RankWeights } from '../types/ports.ts'

export function checkWeights(weights: RankWeights = {}): void {
  const { bm25 = 1, vector = 1 } = weights
  const isWeight = (weight: number) => Number.isFinite(weight) && weight >= 0
  if (isWeight(bm25) && isWeight(vector) && bm25 + vector > 0) return
  throw new InvalidOptionError(`Expected weights to be numbers from 0, not both 0, got bm25 ${bm25} and vector ${vector}`)
}
