import type { Random } from '../../internal/random.ts'
import { randomBeta } from './randomBeta.ts'

/** A statistic of one sample drawn from `values` with replacement, as many as there are. */
export type Resample = (random: Random) => number

/** The mean of a resample. Time: as long as the sample. */
export function resampledMean(values: Float64Array): Resample {
  const n = values.length
  return (random) => {
    let sum = 0
    for (let drawn = 0; drawn < n; drawn++) sum += values[Math.floor(random() * n)]!
    return sum / n
  }
}

/**
 * The quantile (type 7) of a resample, without drawing it: the same distribution, in constant time.
 *
 * A resample is `sorted[floor(n u)]` for n uniform numbers u, and that keeps their order. So its k-th smallest value is
 * `sorted[floor(n U)]`, where U, the k-th smallest of n uniform numbers, is Beta(k, n + 1 - k) (Efron 1979, Bootstrap methods, 6, has
 * the distribution for the median; Schultzberg and Ankargren 2022, arXiv 2202.10992, use it for comparing quantiles). For the value
 * between two ranks the next one is needed as well: given U, it is the smallest of n - k uniform numbers from U to 1.
 */
export function resampledQuantile(sorted: Float64Array, q: number): Resample {
  const n = sorted.length
  const position = (n - 1) * q
  const rank = Math.floor(position) + 1
  const share = position - (rank - 1)
  const at = (uniform: number): number => sorted[Math.min(n - 1, Math.floor(n * uniform))]!
  return (random) => {
    const uniform = randomBeta(random, rank, n + 1 - rank)
    const low = at(uniform)
    if (share === 0) return low
    const next = 1 - (1 - uniform) * (1 - random()) ** (1 / (n - rank))
    return low + (at(next) - low) * share
  }
}
