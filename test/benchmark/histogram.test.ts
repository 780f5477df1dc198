import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Histogram, createHistogram } from '../../src/benchmark/histogram.ts'
import { distributionOf, quantile } from '../../src/internal/quantiles.ts'

/** Even in the logarithm, from 1 µs to 10^7 ms. */
const times = fc.double({ min: -3, max: 7, noNaN: true }).map((exponent) => 10 ** exponent)
const samples = fc.array(times, { minLength: 1, maxLength: 200 })

function histogramOf(values: readonly number[]): Histogram {
  const histogram = createHistogram()
  for (const value of values) histogram.add(value)
  return histogram
}

/** Sums of the same values in another order differ in their last digits. */
function expectSame(found: Histogram, wanted: Histogram): void {
  expect({ ...found.data(), sum: 0 }).toEqual({ ...wanted.data(), sum: 0 })
  expect(found.data().sum / wanted.data().sum).toBeCloseTo(1, 12)
  expect(found.count).toBe(wanted.count)
}

describe('createHistogram', () => {
  it('finds every quantile within 0.5 % of that of the sorted values', () => {
    fc.assert(fc.property(samples, fc.double({ min: 0, max: 1, noNaN: true }), (values, q) => {
      const exact = quantile(values.toSorted((a, b) => a - b), q)

      expect(Math.abs(histogramOf(values).quantile(q) / exact - 1)).toBeLessThanOrEqual(0.005)
    }), { numRuns: 2000 })
  })

  it('is within 0.5 % at the edges of all its cells', () => {
    const edges = Array.from({ length: 2311 }, (_, index) => 10 ** (-3 + index / 231))
    const worst = edges.flatMap((edge) => [edge * (1 - 1e-12), edge, edge * (1 + 1e-12)]).map((value) => {
      const histogram = histogramOf([1e-3, value, 1e7])
      return value < 1e-3 || value > 1e7 ? 0 : Math.abs(histogram.quantile(0.5) / value - 1)
    })

    expect(Math.max(...worst)).toBeLessThanOrEqual(0.005)
  })

  it('has the exact mean, least and greatest value', () => {
    fc.assert(fc.property(samples, (values) => {
      const histogram = histogramOf(values)

      expect(histogram.min).toBe(Math.min(...values))
      expect(histogram.max).toBe(Math.max(...values))
      expect(histogram.quantile(0)).toBe(histogram.min)
      expect(histogram.quantile(1)).toBe(histogram.max)
      expect(histogram.mean / distributionOf(Float64Array.from(values)).mean).toBeCloseTo(1, 12)
    }))
  })

  it('counts a weight as so many of the same value', () => {
    fc.assert(fc.property(fc.array(fc.tuple(times, fc.nat(5)), { maxLength: 50 }), (pairs) => {
      const weighted = createHistogram()
      for (const [value, weight] of pairs) weighted.add(value, weight)
      const repeated = histogramOf(pairs.flatMap(([value, weight]) => Array.from({ length: weight }, () => value)))

      if (repeated.count === 0) expect(weighted.data()).toEqual(repeated.data())
      else expectSame(weighted, repeated)
    }))
  })

  it('merges into what adding everything gives, from a histogram or from its data', () => {
    fc.assert(fc.property(samples, samples, (first, second) => {
      const merged = histogramOf(first)
      merged.merge(histogramOf(second))
      expectSame(merged, histogramOf([...first, ...second]))

      const read = histogramOf(first)
      read.merge(histogramOf(second).data())
      expect(read.data()).toEqual(merged.data())
    }))
  })

  it('is the same after a round trip through JSON, also when it is empty', () => {
    fc.assert(fc.property(fc.array(times, { maxLength: 100 }), (values) => {
      const histogram = histogramOf(values)
      const read = createHistogram(JSON.parse(JSON.stringify(histogram.data())))

      expect(read.data()).toEqual(histogram.data())
      expect(read.distribution()).toEqual(histogram.distribution())
    }))
  })

  it('keeps zeros, and what lies outside its cells by its exact least and greatest value', () => {
    const histogram = histogramOf([0, 0, 0, 1e-5, 3e8])

    expect(histogram.data()).toMatchObject({ cells: [0, 2310], counts: [4, 1], min: 0, max: 3e8 })
    expect(histogram.quantile(0.5)).toBe(0)
    expect(histogram.quantile(1)).toBe(3e8)
    expect(histogram.mean).toBeCloseTo(6e7, 3)
  })

  it('has a distribution with the floors of exact samples, counted in weights', () => {
    const histogram = createHistogram()
    for (let value = 1; value <= 13; value++) histogram.add(value, 10)
    const { percentiles, ...others } = histogram.distribution()

    expect(others).toEqual({ n: 130, mean: 7, min: 1, max: 13, missing: { p99: 532, 'p99.9': 6506 } })
    expect(Object.keys(percentiles)).toEqual(['p50', 'p90', 'p95'])
    expect(percentiles.p50).toBeCloseTo(7, 1)
  })

  it('is empty at first', () => {
    const histogram = createHistogram()

    expect(histogram.data()).toEqual({ cells: [], counts: [], sum: 0, min: 0, max: 0 })
    expect(histogram.quantile(0.5)).toBeNaN()
    expect(histogram.distribution()).toMatchObject({ n: 0, mean: 0, percentiles: {} })
  })

  it('refuses what is no time, no weight, or no data of a histogram, and stays as it was', () => {
    const histogram = histogramOf([5])
    const before = histogram.data()

    for (const value of [-1, Number.NaN, Infinity]) {
      expect(() => histogram.add(value)).toThrow(RangeError)
      expect(() => histogram.add(1, value)).toThrow(RangeError)
    }
    for (const cells of [[3, 2311], [3, -1], [3, 1.5], [3, 4, 5]]) {
      expect(() => histogram.merge({ cells, counts: [1, 1], sum: 2, min: 1, max: 1 })).toThrow(RangeError)
    }
    expect(histogram.data()).toEqual(before)
  })

  it('adds a million values in less than a second, into no more than its cells', () => {
    const histogram = createHistogram()
    const start = performance.now()
    for (let index = 0; index < 1_000_000; index++) histogram.add((index % 99_991) + 0.5)

    expect(performance.now() - start).toBeLessThan(1000)
    expect(histogram.data().cells.length).toBeLessThanOrEqual(2311)
    expect(histogram.count).toBe(1_000_000)
  })
})
