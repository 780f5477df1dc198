import { EMPTY, type Observable, catchError, defer, mergeMap, of, range, tap, throwError, timer } from 'rxjs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InvalidOptionError, ProviderError, RagError } from '../../src/errors.ts'
import { createRandom } from '../../src/internal/random.ts'
import { retryStream } from '../../src/operators/retryStream.ts'
import { type RetryBudget, type RetryBudgetOptions, createRetryBudget } from '../../src/policies/retryBudget.ts'
import type { Chunk } from '../../src/types/chunk.ts'
import { finish } from '../support/chunks.ts'
import { marbles } from '../support/marbles.ts'

const dead = new ProviderError('server-error', 'Dead', { status: 503 })
const throttled = new ProviderError('rate-limited', 'Slowly', { status: 429 })
const lost = new RagError('lost', 'Lost', { retryable: true })

describe('createRetryBudget', () => {
  it('takes less for a retry when the service asked for fewer requests', () => {
    const budget = createRetryBudget()
    expect([dead, lost, throttled].map((error) => [budget.take(error), budget.left])).toEqual([[true, 486], [true, 472], [true, 467]])
  })

  it('takes nothing when there is not enough', () => {
    const budget = createRetryBudget({ capacity: 20, cost: 14, throttledCost: 5 })
    expect(budget.take(dead)).toBe(true)
    expect(budget.take(dead)).toBe(false)
    expect(budget.left).toBe(6)
    expect(budget.take(throttled)).toBe(true)
  })

  it('is never above its capacity nor below nothing, whatever happens', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('dead', 'throttled', 'whole'), { maxLength: 300 }), fc.integer({ min: 1, max: 60 }), (events, capacity) => {
        const budget = createRetryBudget({ capacity })
        for (const event of events) {
          if (event === 'whole') budget.refund()
          else budget.take(event === 'dead' ? dead : throttled)
          expect(budget.left).toBeGreaterThanOrEqual(0)
          expect(budget.left).toBeLessThanOrEqual(capacity)
        }
      }),
    )
  })

  it.each<RetryBudgetOptions>([{ capacity: 0 }, { cost: Number.NaN }, { throttledCost: -1 }, { refund: -1 }])('refuses %o', (options) => {
    expect(() => createRetryBudget(options)).toThrow(InvalidOptionError)
  })
})

describe('1,000 requests that share a budget', () => {
  type Service = (request: number, attempt: number) => Observable<Chunk>

  /** Sends them to the service, 16 at once, in virtual time. */
  function send(service: Service, budget: RetryBudget, options: { readonly maxRetries?: number } = {}): { sent: number; answered: number } {
    let sent = 0
    let answered = 0
    const answerTo = (request: number) => {
      let attempts = 0
      const attempt = defer(() => (sent++, timer(20).pipe(mergeMap(() => service(request, ++attempts)))))
      return attempt.pipe(retryStream({ ...options, budget }), tap({ complete: () => answered++ }), catchError(() => EMPTY))
    }
    marbles(() => void range(0, 1000).pipe(mergeMap(answerTo, 16)).subscribe())
    return { sent, answered }
  }
  const failing = (error: RagError): Service => () => throwError(() => error)
  const well: Service = () => of(finish())

  it.each([
    { name: 'is dead', error: dead, most: 1035 },
    { name: 'answers 429 to all', error: throttled, most: 1100 },
    { name: 'cannot be reached', error: lost, most: 1035 },
  ])('send at most 1.15 times as many to a service that $name', ({ error, most }) => {
    const { sent, answered } = send(failing(error), createRetryBudget())

    expect(answered).toBe(0)
    expect(sent).toBe(most)
    expect(sent).toBeLessThanOrEqual(1150)
  })

  it('would send three times as many without one', () => {
    expect(send(failing(dead), { left: 1, take: () => true, refund: () => undefined })).toEqual({ sent: 3000, answered: 0 })
  })

  it('have their retries back after the service is well again', () => {
    const budget = createRetryBudget()
    send(failing(dead), budget)
    expect(budget.left).toBeLessThan(14)

    expect(send(well, budget)).toEqual({ sent: 1000, answered: 1000 })
    expect(budget.left).toBe(500)

    expect(send(failing(dead), budget).sent).toBe(1035)
  })

  /** As a service that has `share` of its attempts fail, by chance. */
  const failingBy = (share: number, seed: number): Service => {
    const random = createRandom(seed)
    return (request, attempt) => (random() < share ? throwError(() => dead) : well(request, attempt))
  }

  it.each([1, 2, 3, 4, 5])('all get over it when a tenth of the attempts fails (seed %i)', (seed) => {
    const budget = createRetryBudget()
    const sent = Array.from({ length: 5 }, (_, round) => send(failingBy(0.1, seed * 100 + round), budget, { maxRetries: 4 }))

    // One in 100,000 rows has bad luck five times.
    expect(sent.reduce((sum, { answered }) => sum + answered, 0)).toBeGreaterThanOrEqual(4999)
    expect(budget.left).toBeGreaterThan(400)
    expect(send(failing(dead), budget, { maxRetries: 4 }).sent).toBeLessThanOrEqual(1035)
  })

  it('are bounded while most attempts fail', () => {
    const { sent, answered } = send(failingBy(0.8, 1), createRetryBudget(), { maxRetries: 4 })
    expect(answered).toBeLessThan(400)
    // Each retry that failed was paid for, at the start or by an answer without one; each other one is an answer.
    expect(sent).toBeLessThanOrEqual(1000 + 35 + answered + answered / 14)
  })

  it('get over single failures', () => {
    const flaky: Service = (request, attempt) => (request % 20 === 0 && attempt === 1 ? throwError(() => dead) : well(request, attempt))
    expect(send(flaky, createRetryBudget())).toEqual({ sent: 1050, answered: 1000 })
  })
})
