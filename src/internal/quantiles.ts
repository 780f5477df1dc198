import type { Distribution, PercentileName } from '../types/distribution.ts'

/** Shares below each percentile, in order. */
export const percentileShares: Readonly<Record<PercentileName, number>> = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99, 'p99.9': 0.999 }
export const percentileNames: readonly PercentileName[] = ['p50', 'p90', 'p95', 'p99', 'p99.9']

/**
 * From how many samples on a percentile is printed: the early stopping rule of MLPerf's load generator.
 *
 * With n samples, how many of them lie above the true percentile p is binomial (n, 1 - p). The floor is the least n at which
 * that is two or more in at least 99 % of all runs: p^n + n (1 - p) p^(n - 1) <= 0.01. Then the second largest sample bounds the
 * percentile from above with 99 % confidence, and what is printed is not just the largest value that was seen.
 */
export const percentileFloors: Readonly<Record<PercentileName, number>> = { p50: 11, p90: 64, p95: 130, p99: 662, 'p99.9': 6636 }

/**
 * Linear interpolation between the two samples around the rank (n - 1) q: type 7 of Hyndman and Fan (1996), as in NumPy and R.
 *
 * @param sorted Ascending; of no samples the quantile is NaN.
 * @param q From 0 to 1.
 */
export function quantile(sorted: Float64Array | readonly number[], q: number): number {
  return quantileOf((rank) => sorted[rank]!, sorted.length, q)
}

/** The same of `count` samples that are known by their rank, from 0 on. `count` need not be whole. */
export function quantileOf(valueAt: (rank: number) => number, count: number, q: number): number {
  if (!(q >= 0 && q <= 1)) throw new RangeError(`Expected a quantile from 0 to 1, got ${q}`)
  if (count === 0) return Number.NaN
  const position = Math.max(0, (count - 1) * q)
  const rank = Math.floor(position)
  const low = valueAt(rank)
  if (position === rank) return low
  return low + (valueAt(rank + 1) - low) * (position - rank)
}

/** Of values in any order, which are left as they are. Of no values, `mean`, `min` and `max` are 0. */
export function distributionOf(values: Float64Array): Distribution {
  const sorted = values.toSorted()
  const n = sorted.length
  const mean = n === 0 ? 0 : sorted.reduce((sum, value) => sum + value, 0) / n
  return { n, mean, min: sorted[0] ?? 0, max: sorted[n - 1] ?? 0, ...percentilesOf(n, (q) => quantile(sorted, q)) }
}

/** The percentiles that `n` samples support, and how many more samples each of the others needs. */
export function percentilesOf(n: number, quantileAt: (q: number) => number): Pick<Distribution, 'percentiles' | 'missing'> {
  const supported = percentileNames.filter((name) => n >= percentileFloors[name])
  const others = percentileNames.filter((name) => n < percentileFloors[name])
  return {
    percentiles: Object.fromEntries(supported.map((name) => [name, quantileAt(percentileShares[name])])),
    missing: Object.fromEntries(others.map((name) => [name, Math.ceil(percentileFloors[name] - n)])),
  }
}

/** Quantiles at 0, 0.5, … 100 %: 201 points of the cumulative curve. Of no samples, none. */
export function curveOf(sorted: Float64Array | readonly number[]): number[] {
  if (sorted.length === 0) return []
  return Array.from({ length: 201 }, (_, index) => quantile(sorted, index / 200))
}
