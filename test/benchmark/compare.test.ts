import { describe, expect, it } from 'vitest'
import { type SampleDifference, type Statistic, compareSamples } from '../../src/benchmark/compare/compareSamples.ts'
import { randomBeta, randomGamma, randomNormal } from '../../src/benchmark/compare/randomBeta.ts'
import { resampledMean, resampledQuantile } from '../../src/benchmark/compare/resample.ts'
import { distributionOf, quantile } from '../../src/internal/quantiles.ts'
import { InvalidOptionError } from '../../src/errors.ts'
import { type Random, createRandom } from '../../src/internal/random.ts'

/** Lognormal times: median 50 ms, sigma 0.25. */
function workload(random: Random, n = 500, factor = 1): Float64Array {
  return Float64Array.from({ length: n }, () => 50 * factor * Math.exp(0.25 * randomNormal(random)))
}

function compared(a: Float64Array, b: Float64Array, statistic: Statistic = 'p50', resamples = 2000): SampleDifference {
  const found = compareSamples(a, b, statistic, { seed: 1, resamples })
  if (found.verdict === 'too few') throw new Error(`Expected enough samples, got ${found.missing} too few`)
  return found
}

/** Share of seeded pairs with each verdict. */
function shares(pairs: number, factor: number, statistic: Statistic, resamples = 2000): Record<string, number> {
  const random = createRandom('pairs', statistic, factor)
  const found = { faster: 0, slower: 0, 'no difference shown': 0, 'too few': 0 }
  for (let pair = 0; pair < pairs; pair++) {
    const { verdict } = compareSamples(workload(random), workload(random, 500, factor), statistic, { seed: pair, resamples })
    found[verdict] += 1 / pairs
  }
  return found
}

// Measured on 20,000 pairs (5,000 for the mean): 4.4 % for p50, 3.8 % for p90, 4.9 % for the mean. The bounds leave room for chance: three standard errors,
// but for p50, where they are what was asked for.
describe('the verdict', () => {
  it('is a difference in about 5 % of 1,000 pairs of the same workload, as often faster as slower', () => {
    const { faster = 0, slower = 0 } = shares(1000, 1, 'p50')

    expect(faster + slower).toBeGreaterThanOrEqual(0.035)
    expect(faster + slower).toBeLessThanOrEqual(0.065)
    expect(Math.abs(faster - slower)).toBeLessThan(0.03)
  })

  it('is a difference a little less often in 400 pairs for p90', () => {
    const { faster = 0, slower = 0 } = shares(400, 1, 'p90')

    expect(faster + slower).toBeGreaterThan(0.01)
    expect(faster + slower).toBeLessThan(0.07)
  })

  it('is a difference in about 5 % of 200 pairs for the mean', () => {
    const { faster = 0, slower = 0 } = shares(200, 1, 'mean', 400)

    expect(faster + slower).toBeGreaterThan(0)
    expect(faster + slower).toBeLessThan(0.1)
  })

  it('finds 10 % more time in at least 95 % of 1,000 pairs, and never says faster', () => {
    const { faster = 0, slower = 0 } = shares(1000, 1.1, 'p50')

    expect(slower).toBeGreaterThanOrEqual(0.95)
    expect(faster).toBe(0)
  })

  it.each([['p50', 11], ['p90', 64], ['p95', 130], ['p99', 662], ['p99.9', 6636], ['mean', 64]] as [Statistic, number][])('on %s is too few below %d samples of either', (statistic, floor) => {
    const enough = workload(createRandom(1), floor)
    const less = enough.slice(0, floor - 3)

    expect(compareSamples(enough, less, statistic, { seed: 1 })).toEqual({ verdict: 'too few', missing: 3 })
    expect(compareSamples(less, enough, statistic, { seed: 1 })).toEqual({ verdict: 'too few', missing: 3 })
    expect(compareSamples(enough, enough, statistic, { seed: 1, resamples: 100 }).verdict).toBe('no difference shown')
  })
})

describe('compareSamples', () => {
  it('gives both values, their difference and its interval, absolute and relative to a', () => {
    const random = createRandom('one pair')
    const [a, b] = [workload(random), workload(random, 500, 0.8)]
    const found = compared(a, b)

    expect(found.verdict).toBe('faster')
    expect(found.a).toBe(quantile(a.toSorted(), 0.5))
    expect(found.b).toBe(quantile(b.toSorted(), 0.5))
    expect(found.difference).toBe(found.b - found.a)
    expect(found.relative).toBe(found.b / found.a - 1)
    expect(found.interval[0]).toBeLessThan(found.difference)
    expect(found.interval[1]).toBeGreaterThan(found.difference)
    // 0.8 - 1, give or take four standard errors.
    expect(found.relativeInterval![0]).toBeGreaterThan(-0.27)
    expect(found.relativeInterval![1]).toBeLessThan(-0.13)
  })

  it('has a relative interval that holds 0 exactly when the absolute does', () => {
    const random = createRandom('signs')
    for (let pair = 0; pair < 200; pair++) {
      const { interval, relativeInterval } = compared(workload(random, 100), workload(random, 100, 1.05), 'p50', 200)

      expect(relativeInterval!.map((bound) => Math.sign(bound))).toEqual(interval.map((bound) => Math.sign(bound)))
    }
  })

  it('is the same for the same seed, and leaves the samples in their order', () => {
    const random = createRandom('twice')
    const [a, b] = [workload(random), workload(random)]
    const copies = [a.slice(), b.slice()]

    expect(compareSamples(a, b, 'p90', { seed: 4 })).toEqual(compareSamples(a, b, 'p90', { seed: 4 }))
    expect(compareSamples(a, b, 'p90', { seed: 4 })).not.toEqual(compareSamples(a, b, 'p90', { seed: 5 }))
    expect([a, b]).toEqual(copies)
  })

  it('finds no difference between constant samples, and has nothing relative to 0', () => {
    const zeros = new Float64Array(100)

    expect(compared(zeros, zeros)).toEqual({ verdict: 'no difference shown', a: 0, b: 0, difference: 0, interval: [0, 0] })
    expect(compared(zeros, zeros.map(() => 2), 'mean')).toEqual({ verdict: 'slower', a: 0, b: 2, difference: 2, interval: [2, 2] })
  })

  it.each([0, 99, 100.5, Number.NaN])('refuses %d resamples', (resamples) => {
    expect(() => compareSamples(new Float64Array(100), new Float64Array(100), 'p50', { seed: 1, resamples })).toThrow(InvalidOptionError)
  })
})

describe('a resample', () => {
  const draws = 20_000

  /** The largest distance between the cumulative shares of two sorted samples of the same size (Kolmogorov-Smirnov). */
  function distance(first: Float64Array, second: Float64Array): number {
    let [i, j, most] = [0, 0, 0]
    while (i < draws && j < draws) {
      const value = Math.min(first[i]!, second[j]!)
      while (i < draws && first[i]! <= value) i++
      while (j < draws && second[j]! <= value) j++
      most = Math.max(most, Math.abs(i - j) / draws)
    }
    return most
  }

  it.each([[12, 0.5], [13, 0.5], [64, 0.9], [20, 0.97]])('of %d values has the same distribution of the quantile at %d as one that was really drawn', (n, q) => {
    const random = createRandom('resample', n)
    const sorted = workload(random, n).toSorted()
    const short = resampledQuantile(sorted, q)
    const drawn = Float64Array.from({ length: draws }, () => quantile(Float64Array.from(sorted, () => sorted[Math.floor(random() * n)]!).toSorted(), q))
    const found = Float64Array.from({ length: draws }, () => short(random))

    // Of two samples of the same distribution it is more in 1 of 1,000 pairs.
    expect(distance(drawn.toSorted(), found.toSorted())).toBeLessThan(1.95 * Math.sqrt(2 / draws))
  })

  it('has a mean that is right on average and spreads by the standard error', () => {
    const random = createRandom('mean')
    const values = workload(random, 100)
    const { mean } = distributionOf(values)
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 100
    const resample = resampledMean(values)
    const means = Float64Array.from({ length: draws }, () => resample(random))
    const spread = means.reduce((sum, value) => sum + (value - mean) ** 2, 0) / draws

    expect(distributionOf(means).mean / mean).toBeCloseTo(1, 3)
    expect(spread / (variance / 100)).toBeCloseTo(1, 1)
  })
})

describe('the random numbers', () => {
  const random = createRandom('numbers')
  const draws = 100_000
  const momentsOf = (draw: () => number): [number, number] => {
    const values = Float64Array.from({ length: draws }, draw)
    const { mean } = distributionOf(values)
    return [mean, values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / draws]
  }

  it('of the normal distribution have mean 0 and variance 1', () => {
    const [mean, variance] = momentsOf(() => randomNormal(random))

    expect(mean).toBeCloseTo(0, 1)
    expect(variance).toBeCloseTo(1, 1)
  })

  it.each([1, 2.5, 40])('of the gamma distribution with shape %d have that mean and variance', (shape) => {
    const [mean, variance] = momentsOf(() => randomGamma(random, shape))

    expect(mean / shape).toBeCloseTo(1, 1)
    expect(variance / shape).toBeCloseTo(1, 1)
  })

  it.each([[1, 1], [6, 6], [58, 7], [250, 251]])('of the beta distribution with shapes %d and %d have its mean and variance', (first, second) => {
    const [mean, variance] = momentsOf(() => randomBeta(random, first, second))
    const total = first + second

    expect(mean / (first / total)).toBeCloseTo(1, 2)
    expect(variance / ((first * second) / (total ** 2 * (total + 1)))).toBeCloseTo(1, 1)
  })
})
