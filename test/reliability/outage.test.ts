import { EMPTY, type Observable, catchError, defer, lastValueFrom, mergeMap, pipe, range, toArray } from 'rxjs'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { openai } from '../../src/models/openaiModel.ts'
import { requireFinish } from '../../src/operators/requireFinish.ts'
import { retryStream } from '../../src/operators/retryStream.ts'
import { timeLimits } from '../../src/operators/timeLimits.ts'
import { answer } from '../../src/pipelines/answer.ts'
import { type RetryBudget, createRetryBudget } from '../../src/policies/retryBudget.ts'
import { type Fault, type ScriptedAnswer, type Simulator, startSimulator } from '../../src/simulator.ts'
import { memoryStore } from '../../src/stores/memoryStore.ts'
import type { Chunk } from '../../src/types/chunk.ts'
import type { LanguageModel } from '../../src/types/ports.ts'
import { until } from '../wire/until.ts'

// A model that is dead for everybody, over real sockets: what counts is what the server saw. In virtual time: test/policies/retryBudget.test.ts.

// Some thousand requests, on a machine that may be busy.
vi.setConfig({ testTimeout: 300_000 })

const started: Simulator[] = []
afterEach(async () => {
  await Promise.all(started.splice(0).map((simulator) => simulator.close()))
})

const store = memoryStore()

/** 1,000 questions, 50 at once or as many as are given; how many were answered. */
async function askAll(model: LanguageModel, budget: RetryBudget | undefined, { concurrency = 50, headersMs = 60_000 } = {}): Promise<number> {
  const attempt = pipe(timeLimits({ headersMs }), requireFinish(), retryStream({ baseDelayMs: 2, maxDelayMs: 8, ...(budget && { budget }) }))
  const ask = (number: number): Observable<Chunk> => answer(`Question ${number}?`, { store, model, attempt }).pipe(catchError(() => EMPTY))
  const chunks = await lastValueFrom(range(0, 1000).pipe(mergeMap((number) => ask(number).pipe(toArray()), concurrency), toArray()))
  return chunks.filter((all) => all.at(-1)?.type === 'finish').length
}

/** A server that is dead until it is said to be well. */
async function mortal(fault: Fault) {
  let dead = true
  let flaky = 0
  const well: ScriptedAnswer = { text: 'Well.' }
  const script = ({ number }: { readonly number: number }): ScriptedAnswer => (dead || (flaky > 0 && number % flaky === 0) ? { ...well, fault } : well)
  const simulator = await startSimulator({ script })
  started.push(simulator)
  return {
    model: openai({ model: 'm', baseUrl: simulator.url }),
    requests: () => simulator.record.counts.requests,
    recover: (failEvery = 0) => {
      dead = false
      flaky = failEvery
    },
    die: () => (dead = true),
  }
}

describe('1,000 requests to a dead model', () => {
  it.each<[string, Fault, number]>([
    ['answers 503', { type: 'status', status: 503 }, 1035],
    ['answers 429', { type: 'status', status: 429 }, 1100],
    ['answers with an error inside the stream', { type: 'error-object', afterEvents: 1 }, 1035],
    ['says nothing', { type: 'silence' }, 1035],
  ])('that %s send no more than 1.15 times as many', async (_, fault, most) => {
    const server = await mortal(fault)
    const budget = createRetryBudget()

    // Who waits for a silent one gives up soon after the request is sent, and all do together.
    expect(await askAll(server.model, budget, fault.type === 'silence' ? { concurrency: 250, headersMs: 300 } : {})).toBe(0)
    expect(budget.left).toBeLessThan(14)
    await until(() => server.requests() >= 1000)
    expect(server.requests()).toBeLessThanOrEqual(most)
    expect(most).toBeLessThanOrEqual(1150)
  })

  it('where nobody listens make no more than 1.15 times as many connections', async () => {
    const closed = await startSimulator()
    await closed.close()
    let calls = 0
    const model = openai({ model: 'm', baseUrl: closed.url })
    const counted: LanguageModel = { ...model, stream: (request) => defer(() => (calls++, model.stream(request))) }

    expect(await askAll(counted, createRetryBudget())).toBe(0)
    expect(calls).toBe(1035)
  })

  it('would send three times as many without a budget', async () => {
    const server = await mortal({ type: 'status', status: 503 })

    expect(await askAll(server.model, undefined)).toBe(0)
    expect(server.requests()).toBe(3000)
  })

  it('have their retries back once it has answered again, and use them for single failures', async () => {
    const server = await mortal({ type: 'status', status: 503 })
    const budget = createRetryBudget()
    await askAll(server.model, budget)
    expect(budget.left).toBeLessThan(14)
    server.recover()

    expect(await askAll(server.model, budget)).toBe(1000)
    expect(budget.left).toBe(500)

    // One request in 25 fails from now on, and nobody is told.
    server.recover(25)
    const before = server.requests()
    expect(await askAll(server.model, budget)).toBe(1000)
    expect(server.requests() - before).toBeGreaterThanOrEqual(1040)

    server.die()
    const again = server.requests()
    await askAll(server.model, budget)
    expect(server.requests() - again).toBeLessThanOrEqual(1035)
  })
})
