import { concat, defer, ignoreElements, of, throwError, timer } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { createBudget } from '../../src/server/budget.ts'
import type { Chunk } from '../../src/types/chunk.ts'
import { finish, text } from '../support/chunks.ts'
import { eventsIn, get, handlerOf, post, words } from './asking.ts'

const used = (inputTokens: number, outputTokens: number): Chunk => ({ type: 'usage', calls: [], inputTokens, outputTokens, from: 'server' })
const body = async (response: Response | Promise<Response>) => (await response).text()

describe('budget', () => {
  it('refuses with 429, a code and Retry-After once the tokens of the day are used, before anything is asked', async () => {
    let asked = 0
    const now = 3 * 86_400_000 - 60_000
    const budget = createBudget({ maxTokensPerDay: 100, now: () => now })
    const served = handlerOf({ budget, answer: () => defer(() => (asked++, of(text('a'), used(60, 40), finish()))) })
    await body(served.fetch(get('/v1/answers?question=a')))
    const refused = await served.fetch(post('/v1/answers', { question: 'b' }))
    expect([refused.status, refused.headers.get('retry-after'), await refused.json()]).toEqual([429, '60', { error: { code: 'tokens-spent', message: expect.any(String) as string } }])
    expect([asked, budget.tokens]).toEqual([1, 100])
  })

  it('begins anew with the next day', async () => {
    let now = 0
    const budget = createBudget({ maxTokensPerDay: 10, now: () => now })
    const served = handlerOf({ budget, answer: () => of(text('a'), used(10, 0), finish()) })
    const status = async () => {
      const response = await served.fetch(get('/v1/answers?question=a'))
      await response.text()
      return response.status
    }
    expect([await status(), await status()]).toEqual([200, 429])
    now = 86_400_000
    expect([await status(), await status()]).toEqual([200, 429])
  })

  it('counts money by the price, what was cached at its own', async () => {
    const budget = createBudget({ maxCostPerDay: 5, price: { input: 2, cachedInput: 0.5, output: 8 } })
    const call = { model: 'm', purpose: 'answer', inputTokens: 1_000_000, cachedInputTokens: 400_000, outputTokens: 500_000, from: 'server' as const }
    const served = handlerOf({ budget, answer: () => of<Chunk[]>(text('a'), { ...used(1_000_000, 500_000), calls: [call] } as Chunk, finish()) })
    await body(served.fetch(get('/v1/answers?question=a')))
    expect(budget.cost).toBeCloseTo(0.6 * 2 + 0.4 * 0.5 + 0.5 * 8, 9)
    expect(await (await served.fetch(get('/v1/answers?question=a'))).json()).toMatchObject({ error: { code: 'cost-spent' } })
  })

  it('counts what is under way, and what failed, by its text', async () => {
    const budget = createBudget({ maxTokensPerDay: 50 })
    const served = handlerOf({ budget, answer: () => concat(of(text('x'.repeat(400))), throwError(() => new Error('gone'))) })
    await body(served.fetch(get('/v1/answers?question=abcd')))
    expect(budget.tokens).toBe(101)
    expect((await served.fetch(get('/v1/answers?question=a'))).status).toBe(429)
  })

  it('is passed by no more than the runs in flight: what waited for its place is not begun', async () => {
    let begun = 0
    const budget = createBudget({ maxTokensPerDay: 20 })
    const slow = concat(timer(5).pipe(ignoreElements()), of(text('a'), used(40, 0), finish()))
    const served = handlerOf({ budget, maxRuns: 2, answer: () => defer(() => (begun++, slow)) })
    const bodies = await Promise.all(Array.from({ length: 8 }, async () => body(served.fetch(get('/v1/answers?question=a')))))
    expect(begun).toBe(2)
    const ends = bodies.map((one) => eventsIn(one).at(-1)?.data['reason'])
    expect(ends.toSorted((a, b) => String(a).localeCompare(String(b)))).toEqual([...Array.from({ length: 6 }, () => 'error'), 'stop', 'stop'])
    expect(bodies.filter((one) => one.includes('tokens-spent'))).toHaveLength(6)
  })

  it('bounds each answer: the pipeline is asked for no more, and stopped when it sends more', async () => {
    const asked: unknown[] = []
    const budget = createBudget({ maxTokensPerAnswer: 10 })
    const served = handlerOf({ budget, answer: ({ maxOutputTokens }, { stop }) => (asked.push(maxOutputTokens), words(10_000, 1, stop)) })
    const events = eventsIn(await body(served.fetch(post('/v1/answers', { question: 'a', max_output_tokens: 5000 }))))
    await body(served.fetch(post('/v1/answers', { question: 'a', max_output_tokens: 5 })))
    expect(asked).toEqual([10, 5])
    expect(events.at(-1)?.data).toEqual({ type: 'done', reason: 'stopped' })
    const sent = events.filter(({ event }) => event === 'text').map(({ data }) => String(data['text'])).join('')
    expect(sent.length / 4).toBeLessThanOrEqual(10 + 3)
  })

  it.each([{ maxTokensPerDay: 0 }, { maxTokensPerAnswer: 1.5 }, { maxCostPerDay: 1 }, { maxCostPerDay: -1, price: { input: 1, output: 1 } }])('refuses %o', (options) => {
    expect(() => createBudget(options)).toThrow('Expected')
  })
})
