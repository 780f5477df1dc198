import { describe, expect, it } from 'vitest'
import { arrivalTimes } from '../../src/benchmark/arrivals.ts'
import { InvalidOptionError } from '../../src/errors.ts'

const rate = 20
const seeds = Array.from({ length: 20 }, (_, index) => index + 1)
const gapsOf = (times: Float64Array): Float64Array => times.slice(1).map((time, index) => time - times[index]!)

/**
 * How likely gaps of Exp(rate) are to lie as far from its distribution as these, or farther: the Kolmogorov-Smirnov test with
 * the asymptotic distribution and Stephens' correction for n (1970).
 */
function exponentialP(gapsMs: Float64Array, perSecond: number): number {
  const n = gapsMs.length
  const below = gapsMs.toSorted().map((gap) => -Math.expm1((-gap * perSecond) / 1000))
  const distance = below.reduce((most, share, index) => Math.max(most, share - index / n, (index + 1) / n - share), 0)
  const scaled = distance * (Math.sqrt(n) + 0.12 + 0.11 / Math.sqrt(n))
  let p = 0
  for (let term = 1; term <= 100; term++) p += 2 * (-1) ** (term - 1) * Math.exp(-2 * (term * scaled) ** 2)
  return Math.min(1, Math.max(0, p))
}

describe('poisson arrivals', () => {
  const gapsOfSeed = (seed: number): Float64Array => gapsOf(arrivalTimes(10_001, { rate, arrivals: 'poisson', seed }))

  it('have 10,000 exponential times between them: the Kolmogorov-Smirnov test has p > 0.01 for all seeds but one at most', () => {
    const low = seeds.filter((seed) => exponentialP(gapsOfSeed(seed), rate) <= 0.01)

    expect(low.length).toBeLessThanOrEqual(1)
  })

  it('are told by that test from arrivals that are too even, too uneven, or 5 % too fast', () => {
    const gaps = gapsOfSeed(1)

    expect(exponentialP(gaps.map((gap) => gap ** 1.1 * (1000 / rate) ** -0.1), rate)).toBeLessThan(0.001)
    expect(exponentialP(gaps.map((gap) => gap ** 0.9 * (1000 / rate) ** 0.1), rate)).toBeLessThan(0.001)
    expect(exponentialP(gaps.map((gap) => gap * 0.95), rate)).toBeLessThan(0.001)
  })

  it('do not depend on the time before', () => {
    for (const seed of seeds) {
      const gaps = gapsOfSeed(seed).map((gap) => gap - 1000 / rate)
      const correlation = gaps.slice(1).reduce((sum, gap, index) => sum + gap * gaps[index]!, 0) / gaps.reduce((sum, gap) => sum + gap * gap, 0)

      // Four standard errors.
      expect(Math.abs(correlation)).toBeLessThan(0.04)
    }
  })

  it('keep their rate within 0.5 %', () => {
    for (const seed of seeds) {
      const times = arrivalTimes(10_001, { rate, arrivals: 'poisson', seed })

      expect(Math.abs((10_000 / times.at(-1)!) * 1000 / rate - 1)).toBeLessThan(0.005)
    }
  })

  it.each([1, 2, 10, 1000])('begin at 0, ascend, and end before %d / rate seconds are over', (count) => {
    for (const seed of seeds) {
      const times = arrivalTimes(count, { rate, arrivals: 'poisson', seed })

      expect(times).toHaveLength(count)
      expect(times[0]).toBe(0)
      expect(gapsOf(times).every((gap) => gap >= 0)).toBe(true)
      expect(times.at(-1)).toBeLessThan((count * 1000) / rate)
    }
  })

  it('are the same for the same seed, and others for another', () => {
    const of = (seed: number): Float64Array => arrivalTimes(100, { rate, arrivals: 'poisson', seed })

    expect(of(7)).toEqual(of(7))
    expect(of(7)).not.toEqual(of(8))
  })

  it('scale with the rate', () => {
    const slow = arrivalTimes(100, { rate: 1, arrivals: 'poisson', seed: 3 })
    const fast = arrivalTimes(100, { rate: 50, arrivals: 'poisson', seed: 3 })

    expect(slow.every((time, index) => Math.abs(time / 50 - fast[index]!) < 1e-9)).toBe(true)
  })
})

describe('constant arrivals', () => {
  it('come exactly so many milliseconds apart, from 0 on', () => {
    expect([...arrivalTimes(5, { rate: 8, arrivals: 'constant', seed: 1 })]).toEqual([0, 125, 250, 375, 500])
    expect(arrivalTimes(3001, { rate: 3, arrivals: 'constant', seed: 1 }).at(-1)).toBe(1_000_000)
    expect(arrivalTimes(2, { rate: 0.5, arrivals: 'constant', seed: 1 }).at(-1)).toBe(2000)
  })
})

describe('arrivalTimes', () => {
  it.each([[0, 1], [1.5, 1], [-1, 1], [1, 0], [1, -1], [1, Number.NaN], [1, Infinity]])('refuses %d arrivals at %d a second', (count, wrong) => {
    expect(() => arrivalTimes(count, { rate: wrong, arrivals: 'constant', seed: 1 })).toThrow(InvalidOptionError)
  })
})
