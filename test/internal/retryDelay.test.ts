import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ProviderError, RagError } from '../../src/errors.ts'
import { retryDelay } from '../../src/internal/retryDelay.ts'

const lost = new RagError('lost', 'lost', { retryable: true })
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
const ms = fc.double({ min: 0, max: 1e9, noNaN: true })

describe('retryDelay', () => {
  it('is between nothing and a bound that doubles up to the greatest', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), ms, ms, random, (failures, baseDelayMs, maxDelayMs, drawn) => {
        const delay = retryDelay(lost, failures, { baseDelayMs, maxDelayMs, maxRetryAfterMs: 0, random: () => drawn })
        expect(delay).toBeGreaterThanOrEqual(0)
        expect(delay).toBeLessThanOrEqual(Math.min(maxDelayMs, baseDelayMs * 2 ** (failures - 1) || 0))
      }),
    )
  })

  it('is spread evenly', () => {
    const drawn = [0, 0.25, 0.5, 0.75].map((value) => retryDelay(lost, 3, { baseDelayMs: 100, maxDelayMs: 1000, maxRetryAfterMs: 0, random: () => value }))
    expect(drawn).toEqual([0, 100, 200, 300])
  })

  it('is never less than the server asked for, and at most a quarter more', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 60_000 }), random, (failures, retryAfterMs, drawn) => {
        const error = new ProviderError('rate-limited', 'Slowly', { status: 429, retryAfterMs })
        const delay = retryDelay(error, failures, { baseDelayMs: 500, maxDelayMs: 8000, maxRetryAfterMs: 60_000, random: () => drawn })
        expect(delay).toBeGreaterThanOrEqual(retryAfterMs)
        expect(delay).toBeLessThanOrEqual(retryAfterMs * 1.25)
      }),
    )
  })

  it('is never longer than timers can be', () => {
    const settings = { baseDelayMs: 500, maxDelayMs: Infinity, maxRetryAfterMs: Infinity, random: () => 0.9 }
    expect(retryDelay(new ProviderError('busy', 'busy', { status: 503, retryAfterMs: 1e12 }), 1, settings)).toBe(2 ** 31 - 1)
    expect(retryDelay(lost, 2000, settings)).toBe(2 ** 31 - 1)
  })

  it('is none for what will not pass', () => {
    const settings = { baseDelayMs: 1, maxDelayMs: 1, maxRetryAfterMs: 10, random: () => 0 }
    for (const error of [new TypeError('bug'), 'text', undefined, new RagError('no', 'no'), new ProviderError('no', 'no', { status: 404 })]) {
      expect(retryDelay(error, 1, settings)).toBeUndefined()
    }
    expect(retryDelay(new ProviderError('busy', 'busy', { status: 503, retryAfterMs: 11 }), 1, settings)).toBeUndefined()
    expect(retryDelay(new ProviderError('busy', 'busy', { status: 408 }), 1, settings)).toBe(0)
  })
})
