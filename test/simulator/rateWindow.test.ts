import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { readRetryAfter } from '../../src/wire/retryAfter.ts'
import { readRateLimits } from '../../src/wire/rateLimitHeaders.ts'
import { createRateWindow } from '../../src/simulator/rateWindow.ts'
import { answered, ask, simulate, streamed } from './rawExchange.ts'

const useFakeTime = () => void vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] })
afterEach(() => void vi.useRealTimers())

describe('a rate window', () => {
  it('never lets through more than its limits in any window, and refuses nothing that fits', () => {
    useFakeTime()
    const asked = fc.record({ afterMs: fc.integer({ min: 0, max: 40 }), tokens: fc.integer({ min: 1, max: 60 }) })
    fc.assert(
      fc.property(fc.array(asked, { maxLength: 80 }), (requests) => {
        const windowMs = 100
        const limits = { requests: 5, tokens: 100 }
        const window = createRateWindow({ requestsPerMinute: 5, tokensPerMinute: 100, windowMs })
        const allowed: { at: number; tokens: number }[] = []
        for (const { afterMs, tokens } of requests) {
          vi.advanceTimersByTime(afterMs)
          const now = performance.now()
          const recent = allowed.filter(({ at }) => at > now - windowMs)
          const used = { requests: recent.length, tokens: recent.reduce((sum, entry) => sum + entry.tokens, 0) }
          const fits = used.requests + 1 <= limits.requests && used.tokens + tokens <= limits.tokens
          const { allowed: isAllowed, headers } = window.admit(tokens)
          expect(isAllowed).toBe(fits)
          if (isAllowed) allowed.push({ at: now, tokens })
          expect(headers['x-ratelimit-remaining-requests']).toBe(String(limits.requests - used.requests - (isAllowed ? 1 : 0)))
          expect(headers['x-ratelimit-remaining-tokens']).toBe(String(limits.tokens - used.tokens - (isAllowed ? tokens : 0)))
        }
      }),
      { seed: 5 },
    )
  })

  it('says when to come back: then the same request is let through, and not before', () => {
    useFakeTime()
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 3, maxLength: 30 }), (sizes) => {
        const window = createRateWindow({ requestsPerMinute: 3, tokensPerMinute: 100, windowMs: 1000 })
        for (const tokens of sizes) {
          vi.advanceTimersByTime(7)
          const { allowed, headers } = window.admit(tokens)
          if (allowed) continue
          const waitMs = readRetryAfter(headers)!
          expect(Number(headers['retry-after'])).toBe(Math.ceil(waitMs / 1000))
          vi.advanceTimersByTime(waitMs - 1)
          expect(window.admit(tokens).allowed).toBe(false)
          vi.advanceTimersByTime(1)
          expect(window.admit(tokens).allowed).toBe(true)
        }
      }),
      { seed: 7 },
    )
  })

  it('refuses what can never fit, and does not say when to come back', () => {
    const { allowed, headers, reason } = createRateWindow({ tokensPerMinute: 100 }).admit(101)
    expect([allowed, headers['retry-after'], headers['retry-after-ms'], reason]).toEqual([false, undefined, undefined, 'Request too large for tokens per minute. Limit 100, used 0, requested 101.'])
  })

  it.each([[60_000, '1m0s'], [90_500, '1m30.5s'], [1500, '1.5s'], [999, '999ms'], [1000, '1s']])('with %i ms says %s, which clients read', (windowMs, text) => {
    useFakeTime()
    const { headers } = createRateWindow({ requestsPerMinute: 2, windowMs }).admit(0)
    expect(headers).toEqual({ 'x-ratelimit-limit-requests': '2', 'x-ratelimit-remaining-requests': '1', 'x-ratelimit-reset-requests': text })
    expect(readRateLimits(headers)?.requests).toMatchObject({ remaining: 1, resetMs: windowMs })
  })
})

describe('limits', () => {
  it('are enforced, told with every answer, and no reason to skip one of the script', async () => {
    const simulator = await simulate({ script: [{ text: 'a' }, { text: 'b', fault: { type: 'status', status: 500 } }, { text: 'c' }], limits: { requestsPerMinute: 2, windowMs: 300 } })
    const [first, second, third] = [await answered(ask(simulator)), await answered(ask(simulator)), await answered(ask(simulator))]
    expect([first, second, third].map(({ status, headers }) => [status, headers['x-ratelimit-limit-requests'], headers['x-ratelimit-remaining-requests']])).toEqual([[200, '2', '1'], [500, '2', '0'], [429, '2', '0']])
    expect(JSON.parse(third.body)).toMatchObject({ error: { type: 'rate_limit_error', code: 'rate_limit_exceeded', message: expect.stringMatching(/^Rate limit reached for requests per minute\. Limit 2, used 2, requested 1\. Please try again in \d+ms\.$/) } })
    expect(third.headers['retry-after']).toBe('1')
    const wait = Number(third.headers['retry-after-ms'])
    expect(wait).toBeLessThanOrEqual(300)
    await new Promise((resolve) => setTimeout(resolve, wait + 5))
    expect((await answered(ask(simulator))).body).toContain('"content":"c"')
    expect(simulator.record.counts.byStatus).toEqual({ 200: 2, 500: 1, 429: 1 })
  })

  it('count the tokens of the prompt and of the answer', async () => {
    const simulator = await simulate({ script: { tokens: 7 }, limits: { tokensPerMinute: 20 } })
    const body = { ...streamed, messages: [{ role: 'user', content: 'one two three' }] }
    const left: (string | undefined)[] = []
    for (let count = 0; count < 3; count++) left.push((await answered(ask(simulator, { body }))).headers['x-ratelimit-remaining-tokens'])
    expect(left).toEqual(['10', '0', '0'])
    expect(simulator.record.requests.map(({ status }) => status)).toEqual([200, 200, 429])
  })

  it('are one for chat and one for embeddings; the list of models has none', async () => {
    const simulator = await simulate({ limits: { requestsPerMinute: 1 } })
    const embed = { path: '/v1/embeddings', body: { model: 'e', input: 'a b c' } }
    const status = async (...asked: Parameters<typeof ask>) => (await answered(ask(...asked))).status
    expect([await status(simulator), await status(simulator, embed), await status(simulator), await status(simulator, embed)]).toEqual([200, 200, 429, 429])
    for (let count = 0; count < 3; count++) expect((await fetch(`${simulator.url}/models`)).status).toBe(200)
  })

  it('hold in every window of the record under a flood', async () => {
    const windowMs = 100
    const simulator = await simulate({ script: { tokens: 1 }, limits: { requestsPerMinute: 10, windowMs } })
    for (let round = 0; round < 25; round++) {
      await Promise.all(Array.from({ length: 8 }, () => answered(ask(simulator))))
    }
    const times = simulator.record.requests.filter(({ status }) => status === 200).map(({ at }) => at / 1e6)
    expect(times.length).toBeGreaterThanOrEqual(10)
    for (let index = 10; index < times.length; index++) expect(times[index]! - times[index - 10]!).toBeGreaterThanOrEqual(windowMs - 1e-5)
  })
})
