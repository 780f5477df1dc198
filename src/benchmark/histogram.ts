import { percentilesOf, quantileOf } from '../internal/quantiles.ts'
import type { Distribution } from '../types/distribution.ts'

/** Cells in each power of ten: the middle of a cell is at most 0.4984 % from any value in it. */
const cellsPerDecade = 231
const leastMs = 1e-3
const decades = 10
const cellCount = 1 + cellsPerDecade * decades
/** From the lower edge of a cell to the value whose relative distance to both edges is the same: 2 g / (1 + g) for edges 1 and g. */
const growth = 10 ** (1 / cellsPerDecade)
const toMiddle = (2 * growth) / (1 + growth)

/**
 * A histogram as JSON: only cells that are not empty, at most 2,311.
 *
 * Cell 0 holds zero and what is below 1 µs. Cell i from 1 on holds values from `10 ** (-3 + (i - 1) / 231)` ms up to, not including, the
 * same of i + 1. The last, 2310, ends at 10^7 ms (2.8 hours) and also holds what is longer.
 */
export interface HistogramData {
  /** Ascending. */
  readonly cells: readonly number[]
  /** Sum of the weights in each of `cells`. */
  readonly counts: readonly number[]
  /** Of values times weights, in milliseconds. */
  readonly sum: number
  /** Exact, in milliseconds; 0 when there are no values. */
  readonly min: number
  readonly max: number
}

export interface Histogram {
  /** Sum of the weights. */
  readonly count: number
  /** Exact, in milliseconds, as are `min` and `max`; 0 when there are no values. */
  readonly mean: number
  readonly min: number
  readonly max: number
  /**
   * Counts a value as if it came `weight` times. A weight of 0 counts nothing.
   *
   * @throws RangeError when the value or the weight is negative or not finite.
   */
  add: (valueMs: number, weight?: number) => void
  /** Adds all values of another: the same as if they had been added one by one. */
  merge: (other: Histogram | HistogramData) => void
  /**
   * The quantile that `quantiles.ts` finds in the sorted values, at most 0.5 % off it, from 1 µs to 10^7 ms. Never outside `min` and `max`.
   * Below 1 µs a value counts as 0. NaN when there are no values.
   */
  quantile: (q: number) => number
  /** Share of the weights in cells whose values are at most this, 0 to 1; 0 when there are no values. */
  shareUpTo: (valueMs: number) => number
  /** `n` is `count`. */
  distribution: () => Distribution
  data: () => HistogramData
}

/**
 * A histogram of times whose cells grow with the time, so that quantiles have the same relative error everywhere
 * (the idea of HdrHistogram and DDSketch).
 *
 * - Memory: 18 KiB, whatever is added.
 *
 * @throws RangeError when `data` has a cell that does not exist.
 */
export function createHistogram(data?: HistogramData): Histogram {
  const weights = new Float64Array(cellCount)
  let count = 0
  let sum = 0
  let min = 0
  let max = 0

  function widen(low: number, high: number): void {
    min = count === 0 ? low : Math.min(min, low)
    max = count === 0 ? high : Math.max(max, high)
  }

  function add(valueMs: number, weight = 1): void {
    if (!(valueMs >= 0 && valueMs < Infinity)) throw new RangeError(`Expected a time in milliseconds, got ${valueMs}`)
    if (!(weight >= 0 && weight < Infinity)) throw new RangeError(`Expected a weight that is not negative, got ${weight}`)
    if (weight === 0) return
    widen(valueMs, valueMs)
    weights[cellOf(valueMs)]! += weight
    count += weight
    sum += valueMs * weight
  }

  function merge(other: Histogram | HistogramData): void {
    const added = 'data' in other ? other.data() : other
    // All is checked before anything is added.
    if (added.cells.length === 0) return
    for (const [index, cell] of added.cells.entries()) {
      const weight = added.counts[index]
      if (!(cell in weights) || weight === undefined || !(weight > 0 && weight < Infinity)) throw new RangeError(`Expected cells and counts of a histogram, got ${cell}: ${weight}`)
    }
    widen(added.min, added.max)
    for (const [index, cell] of added.cells.entries()) {
      weights[cell]! += added.counts[index]!
      count += added.counts[index]!
    }
    sum += added.sum
  }

  /** The value of a rank, counted from 0: that of the first cell at which the weights so far exceed it. */
  function valueAt(rank: number): number {
    let before = 0
    const cell = weights.findIndex((weight) => (before += weight) > rank)
    return cell === -1 ? max : Math.min(max, Math.max(min, middleOf(cell)))
  }

  function quantile(q: number): number {
    if (q === 0 && count > 0) return min
    if (q === 1 && count > 0) return max
    return quantileOf(valueAt, count, q)
  }

  function toData(): HistogramData {
    const cells = Array.from(weights.keys()).filter((cell) => weights[cell]! > 0)
    return { cells, counts: cells.map((cell) => weights[cell]!), sum, min, max }
  }

  function shareUpTo(valueMs: number): number {
    if (count === 0) return 0
    return valueMs >= max ? 1 : weights.subarray(0, cellOf(valueMs) + 1).reduce((all, weight) => all + weight, 0) / count
  }

  if (data !== undefined) merge(data)
  return {
    get count() {
      return count
    },
    get mean() {
      return count === 0 ? 0 : sum / count
    },
    get min() {
      return min
    },
    get max() {
      return max
    },
    add,
    merge,
    quantile,
    shareUpTo,
    distribution: () => ({ n: count, mean: count === 0 ? 0 : sum / count, min, max, ...percentilesOf(count, quantile) }),
    data: toData,
  }
}

function cellOf(valueMs: number): number {
  if (valueMs < leastMs) return 0
  return Math.min(cellCount - 1, 1 + Math.floor((Math.log10(valueMs) + 3) * cellsPerDecade))
}

function middleOf(cell: number): number {
  return cell === 0 ? 0 : 10 ** (-3 + (cell - 1) / cellsPerDecade) * toMiddle
}
