import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { curveOf, distributionOf, percentileFloors, percentileNames, percentileShares, quantile } from '../../src/internal/quantiles.ts'

const upTo = (n: number): Float64Array => Float64Array.from({ length: n }, (_, index) => n - index)

describe('quantile', () => {
  // As numpy.quantile and R's quantile(type = 7) give them.
  it.each([
    [[1, 2, 3, 4], 0.5, 2.5],
    [[1, 2, 3, 4], 0.25, 1.75],
    [[1, 2, 3, 4], 0.9, 3.7],
    [[15, 20, 35, 40, 50], 0.4, 29],
    [[15, 20, 35, 40, 50], 0, 15],
    [[15, 20, 35, 40, 50], 1, 50],
    [[7], 0.99, 7],
  ])('of %j at %d is %d', (sorted, q, wanted) => {
    expect(quantile(sorted, q)).toBeCloseTo(wanted, 12)
    expect(quantile(Float64Array.from(sorted), q)).toBeCloseTo(wanted, 12)
  })

  it('grows with q and stays inside the sample', () => {
    fc.assert(fc.property(fc.float64Array({ minLength: 1, noNaN: true, min: 0, max: 1e7 }), fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }), (values, p, q) => {
      const sorted = values.toSorted()
      const [low, high] = [quantile(sorted, Math.min(p, q)), quantile(sorted, Math.max(p, q))]

      expect(low).toBeGreaterThanOrEqual(sorted[0]!)
      expect(high).toBeLessThanOrEqual(sorted.at(-1)!)
      // Interpolation may round the last digit down.
      expect(low).toBeLessThanOrEqual(high * (1 + 1e-12))
    }))
  })

  it('is NaN of no samples, and refuses what is no share', () => {
    expect(quantile([], 0.5)).toBeNaN()
    for (const q of [-0.1, 1.1, Number.NaN]) expect(() => quantile([1, 2], q)).toThrow(RangeError)
  })
})

describe('the floors', () => {
  it.each(percentileNames)('of %s: in 99 of 100 runs two samples or more lie above it, with one sample less they do not', (name) => {
    const p = percentileShares[name]
    const atMostOneAbove = (n: number): number => p ** n + n * (1 - p) * p ** (n - 1)

    expect(atMostOneAbove(percentileFloors[name])).toBeLessThanOrEqual(0.01)
    expect(atMostOneAbove(percentileFloors[name] - 1)).toBeGreaterThan(0.01)
  })
})

describe('distributionOf', () => {
  it('gives the percentiles that the sample supports, and says how many more samples the others need', () => {
    expect(distributionOf(upTo(101))).toEqual({
      n: 101, mean: 51, min: 1, max: 101, percentiles: { p50: 51, p90: 91 }, missing: { p95: 29, p99: 561, 'p99.9': 6535 },
    })
  })

  it.each(percentileNames)('gives %s from its floor on', (name) => {
    const floor = percentileFloors[name]

    expect(distributionOf(upTo(floor)).percentiles).toHaveProperty([name])
    expect(distributionOf(upTo(floor)).missing).not.toHaveProperty([name])
    expect(distributionOf(upTo(floor - 1)).percentiles).not.toHaveProperty([name])
    expect(distributionOf(upTo(floor - 1)).missing[name]).toBe(1)
  })

  it('leaves the values in their order', () => {
    const values = Float64Array.of(3, 1, 2)

    distributionOf(values)
    expect([...values]).toEqual([3, 1, 2])
  })

  it('of nothing has zeros and no percentiles', () => {
    expect(distributionOf(new Float64Array())).toEqual({ n: 0, mean: 0, min: 0, max: 0, percentiles: {}, missing: percentileFloors })
  })
})

describe('curveOf', () => {
  it('has 201 points from the least to the greatest value', () => {
    const curve = curveOf(Float64Array.from({ length: 401 }, (_, index) => index))

    expect(curve).toHaveLength(201)
    expect(curve[0]).toBe(0)
    expect(curve[99]).toBeCloseTo(198, 10)
    expect(curve[200]).toBe(400)
  })

  it('has the value of a single sample everywhere, and no points of none', () => {
    expect(curveOf([4])).toEqual(Array.from({ length: 201 }, () => 4))
    expect(curveOf([])).toEqual([])
  })
})
