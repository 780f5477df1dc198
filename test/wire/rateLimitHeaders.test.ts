import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readRateLimits } from '../../src/wire/rateLimitHeaders.ts'

const now = 1_800_000_000_000

describe('readRateLimits', () => {
  it('reads requests and tokens that refill steadily', () => {
    const headers = {
      'x-ratelimit-limit-requests': '60',
      'x-ratelimit-remaining-requests': '59',
      'x-ratelimit-reset-requests': '1s',
      'x-ratelimit-limit-tokens': '150000',
      'x-ratelimit-remaining-tokens': '114000',
      'x-ratelimit-reset-tokens': '6m0s',
    }

    expect(readRateLimits(headers, now)).toEqual({
      requests: { remaining: 59, resetMs: 1000, refillPerMs: 0.001 },
      tokens: { remaining: 114_000, resetMs: 360_000, refillPerMs: 0.1 },
    })
  })

  it.each([
    ['17ms', 17],
    ['1m30.951s', 90_951],
    ['1h2m3s', 3_723_000],
    ['2d', 172_800_000],
    ['250µs', 0.25],
    ['500us', 0.5],
    ['0s', 0],
    ['1.5', 1500],
    ['60', 60_000],
  ])('understands %s', (value, resetMs) => {
    const headers = { 'x-ratelimit-remaining-tokens': '5', 'x-ratelimit-reset-tokens': value }
    expect(readRateLimits(headers, now)?.tokens).toEqual({ remaining: 5, resetMs, refillPerMs: 0 })
  })

  it.each([
    ['ratelimit', '30', 30_000],
    ['x-ratelimit', '30', 30_000],
    ['x-ratelimit', String(now / 1000 + 5), 5000],
    ['x-ratelimit', String(now + 5000), 5000],
    ['x-ratelimit', String(now - 5000), 0],
  ])('reads %s-remaining and -reset of %s', (prefix, reset, resetMs) => {
    const headers = { [`${prefix}-remaining`]: '7', [`${prefix}-reset`]: reset }
    expect(readRateLimits(headers, now)).toEqual({ requests: { remaining: 7, resetMs, refillPerMs: 0 } })
  })

  it.each([
    [{}],
    [{ 'x-ratelimit-remaining-tokens': '5' }],
    [{ 'x-ratelimit-remaining-tokens': '-5', 'x-ratelimit-reset-tokens': '1s' }],
    [{ 'x-ratelimit-remaining-tokens': 'many', 'x-ratelimit-reset-tokens': '1s' }],
    [{ 'x-ratelimit-remaining-tokens': '5', 'x-ratelimit-reset-tokens': 'soon' }],
    [{ 'x-ratelimit-remaining-tokens': '5', 'x-ratelimit-reset-tokens': '1x' }],
    [{ 'x-ratelimit-remaining-tokens': '5', 'x-ratelimit-reset-tokens': '2026-11-21T10:00:00Z' }],
    [{ 'x-ratelimit-remaining-tokens': '5', 'x-ratelimit-reset-tokens': '1'.repeat(10_000) }],
  ])('passes over what it does not understand: %j', (headers) => {
    expect(readRateLimits(headers as Record<string, string>, now)).toBeUndefined()
  })

  it('gives finite numbers of 0 or more, whatever the headers say', () => {
    const names = ['x-ratelimit-limit-tokens', 'x-ratelimit-remaining-tokens', 'x-ratelimit-reset-tokens', 'ratelimit-remaining', 'ratelimit-reset']
    const value = fc.oneof(fc.string(), fc.stringMatching(/^[0-9.hmsd]{1,20}$/))
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), value), (headers) => {
        for (const allowance of Object.values(readRateLimits(headers, now) ?? {})) {
          for (const number of Object.values(allowance as object)) expect(number).toSatisfy((found: number) => Number.isFinite(found) && found >= 0)
        }
      }),
      { numRuns: 2000 },
    )
  })
})
