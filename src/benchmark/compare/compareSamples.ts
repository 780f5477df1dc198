import { InvalidOptionError } from '../../errors.ts'
import { createRandom } from '../../internal/random.ts'
import { percentileFloors, percentileShares, quantile } from '../../internal/quantiles.ts'
import type { PercentileName } from '../../types/distribution.ts'
import { type Resample, resampledMean, resampledQuantile } from './resample.ts'

export type Statistic = 'mean' | PercentileName

export interface CompareOptions {
  /** The same seed and samples, the same interval. */
  readonly seed: number
  /** At least 100. Default 2000. */
  readonly resamples?: number
}

/** What `b` is against `a`. Times: less is faster. */
export interface SampleDifference {
  readonly verdict: 'faster' | 'slower' | 'no difference shown'
  /** The statistic of each sample. */
  readonly a: number
  readonly b: number
  /** b - a. */
  readonly difference: number
  /** Of the difference, at 95 %: low and high. */
  readonly interval: readonly [number, number]
  /** b / a - 1; absent when `a`, or that of a resample of it, is 0. */
  readonly relative?: number
  /** Of b / a - 1, which also knows that `a` is not certain: not `interval` divided by `a`. */
  readonly relativeInterval?: readonly [number, number]
}

/** Not enough to say anything: `missing` more samples are needed in the smaller one. */
export interface TooFewSamples {
  readonly verdict: 'too few'
  readonly missing: number
}

/** From how many samples on they are compared: as in `quantiles.ts`. With fewer than 64 the interval of a mean is too short: 6 to 8 % false alarms. */
const floors: Readonly<Record<Statistic, number>> = { ...percentileFloors, mean: 64 }

/**
 * Compares a statistic of two independent samples with the percentile bootstrap, at 95 %: `b` is faster or slower when the interval of the
 * difference does not hold 0. Samples in any order, not changed.
 *
 * It takes each sample for independent draws. Requests that wait for each other are less than that, and two runs of one target
 * differ by more than chance: a small difference needs several runs of each.
 *
 * False alarms, measured on 20,000 pairs of the same lognormal workload (sigma 0.25, 500 samples each; the mean on 5,000): 4.4 % for p50,
 * 3.8 % for p90, 4.9 % for the mean. Percentiles of fewer samples have fewer, down to 3 % at the floors: their interval is a little too long,
 * never too short. The basic interval, the other obvious one, gives 7 to 15 %. Of a mean over heavy tails (sigma 1) with 500
 * samples against 64, it is 9 %: compare percentiles there.
 *
 * @throws InvalidOptionError when `resamples` is not an integer of at least 100.
 */
export function compareSamples(a: Float64Array, b: Float64Array, statistic: Statistic, options: CompareOptions): SampleDifference | TooFewSamples {
  const { seed, resamples = 2000 } = options
  if (!Number.isSafeInteger(resamples) || resamples < 100) throw new InvalidOptionError(`Expected resamples to be an integer of at least 100, got ${resamples}`)
  const missing = floors[statistic] - Math.min(a.length, b.length)
  if (missing > 0) return { verdict: 'too few', missing }

  const [ofA, ofB] = [estimate(a, statistic), estimate(b, statistic)]
  const random = createRandom('compare', seed)
  const differences = new Float64Array(resamples)
  const ratios = new Float64Array(resamples)
  for (let index = 0; index < resamples; index++) {
    const [drawnA, drawnB] = [ofA.resample(random), ofB.resample(random)]
    differences[index] = drawnB - drawnA
    ratios[index] = drawnB / drawnA - 1
  }
  const interval = middle(differences)
  const isRelative = ofA.value > 0 && ratios.every((ratio) => Number.isFinite(ratio))
  return {
    verdict: verdictOf(interval),
    a: ofA.value,
    b: ofB.value,
    difference: ofB.value - ofA.value,
    interval,
    ...(isRelative && { relative: ofB.value / ofA.value - 1, relativeInterval: middle(ratios) }),
  }
}

function estimate(values: Float64Array, statistic: Statistic): { value: number; resample: Resample } {
  if (statistic === 'mean') {
    return { value: values.reduce((sum, value) => sum + value, 0) / values.length, resample: resampledMean(values) }
  }
  const sorted = values.toSorted()
  const q = percentileShares[statistic]
  return { value: quantile(sorted, q), resample: resampledQuantile(sorted, q) }
}

/** The (R + 1) 2.5 %-th smallest and largest of R (Davison and Hinkley 1997, Bootstrap Methods and their Application, 5.2). */
function middle(resampled: Float64Array): [number, number] {
  const sorted = resampled.toSorted()
  const outside = Math.floor((sorted.length + 1) * 0.025)
  return [sorted[outside - 1]!, sorted[sorted.length - outside]!]
}

function verdictOf([low, high]: readonly [number, number]): SampleDifference['verdict'] {
  if (high < 0) return 'faster'
  return low > 0 ? 'slower' : 'no difference shown'
}
