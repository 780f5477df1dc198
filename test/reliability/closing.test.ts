import { Subject, pipe } from 'rxjs'
import { afterEach, describe, expect, it } from 'vitest'
import { defined } from '../../src/internal/defined.ts'
import { openaiEmbedder } from '../../src/models/openaiEmbedder.ts'
import { openai } from '../../src/models/openaiModel.ts'
import { requireFinish } from '../../src/operators/requireFinish.ts'
import { retryStream } from '../../src/operators/retryStream.ts'
import { timeLimits } from '../../src/operators/timeLimits.ts'
import { answer } from '../../src/pipelines/answer.ts'
import { createGate } from '../../src/policies/gate.ts'
import { limited } from '../../src/policies/limited.ts'
import { createLimiter } from '../../src/policies/limiter.ts'
import { type ScriptedAnswer, type Simulator, startSimulator } from '../../src/simulator.ts'
import { memoryStore } from '../../src/stores/memoryStore.ts'
import type { Chunk, MarkName, Usage } from '../../src/types/chunk.ts'
import type { Embedder } from '../../src/types/ports.ts'
import { bigAnswer } from '../support/bigAnswer.ts'
import { connecting, unansweredAddress } from '../support/unansweredAddress.ts'
import { until } from '../wire/until.ts'

// Whatever a query waits for, leaving it leaves nothing behind. How long that takes: `node bench/closing.ts`.

const started: Simulator[] = []
afterEach(async () => {
  await Promise.all(started.splice(0).map((simulator) => simulator.close()))
})

async function simulate(script: ScriptedAnswer): Promise<Simulator> {
  const simulator = await startSimulator({ script })
  started.push(simulator)
  return simulator
}

/** A query with every policy around it, under way. */
function start(url: string, limiter = createLimiter({ concurrency: 1 }), embedder?: Embedder) {
  const gate = createGate()
  const stop = new Subject<void>()
  const chunks: Chunk[] = []
  const ends: Usage[] = []
  let errors = 0
  let completed = 0
  const attempt = pipe(timeLimits({ gate }), requireFinish(), retryStream({ afterText: 'restart', gate, totalMs: 600_000 }))
  const model = limited(openai({ model: 'm', baseUrl: url }), { limiter })
  const running = answer('Why?', { store: memoryStore(), model, gate, stop, attempt, ...defined({ embedder }), onEnd: (usage) => ends.push(usage) }).subscribe({
    next: (chunk) => chunks.push(chunk),
    error: () => errors++,
    complete: () => completed++,
  })
  const has = (name: MarkName) => chunks.some((chunk) => chunk.type === 'mark' && chunk.name === name)
  const count = (type: Chunk['type']) => chunks.filter((chunk) => chunk.type === type).length
  const outcome = () => ({ errors, completed, ends: ends.length })
  return { gate, stop, limiter, chunks, ends, running, has, count, outcome }
}
type Query = ReturnType<typeof start>

const ends: Readonly<Record<string, (query: Query) => void>> = {
  /** Nothing more comes; only `onEnd` is told. */
  dropped(query) {
    const before = query.chunks.length
    query.running.unsubscribe()
    expect(query.chunks).toHaveLength(before)
    expect(query.outcome()).toEqual({ errors: 0, completed: 0, ends: 1 })
  },
  /** The answer has its end, in the same turn. */
  stopped(query) {
    query.stop.next()
    expect(query.chunks.slice(-2)).toEqual([{ type: 'usage', ...query.ends[0] }, { type: 'finish', reason: 'stopped' }])
    expect([query.count('usage'), query.count('finish')]).toEqual([1, 1])
    expect(query.outcome()).toEqual({ errors: 0, completed: 1, ends: 1 })
    expect(query.stop.observed).toBe(false)
  },
}

interface State {
  readonly name: string
  readonly script: ScriptedAnswer
  readonly isReached: (query: Query, simulator: Simulator) => boolean
}

/** Those in which a socket is in use. */
const withSocket: readonly State[] = [
  { name: 'waiting for the headers', script: { fault: { type: 'silence' } }, isReached: ({ has }, { record }) => has('sent') && record.requests.length === 1 },
  { name: 'waiting for the first text', script: { fault: { type: 'stall', afterEvents: 1 } }, isReached: ({ has }) => has('event1') },
  { name: 'in the middle of the text', script: { fault: { type: 'stall', afterEvents: 5 } }, isReached: ({ count }) => count('text') === 4 },
  { name: 'waiting for the end after the last text', script: { finishReason: null, done: false, fault: { type: 'stall' } }, isReached: ({ count }) => count('text') > 20 },
  {
    name: 'while the gate is held',
    script: { body: bigAnswer(16).body, sliceBytes: 65_536 },
    isReached: ({ gate, count }) => count('text') > 0 && (gate.held || (gate.hold(), true)),
  },
]

describe.each(Object.entries(ends))('an answer that is %s', (_, end) => {
  it('while it connects leaves no socket', async () => {
    const address = await unansweredAddress()
    const query = start(`http://127.0.0.1:${address.port}/v1`)
    await until(() => connecting() === 1)

    end(query)

    await until(() => connecting() === 0)
    expect([query.limiter.running, query.limiter.waiting]).toEqual([0, 0])
    expect(query.ends[0]).toMatchObject({ inputTokens: 0, outputTokens: 0 })
    await address.close()
  })

  it.each(withSocket)('$name closes the socket, and frees its place', async ({ script, isReached }) => {
    const simulator = await simulate(script)
    const query = start(simulator.url)
    await until(() => isReached(query, simulator))
    expect([query.limiter.running, query.limiter.waiting]).toEqual([1, 0])

    end(query)

    expect([query.limiter.running, query.limiter.waiting]).toEqual([0, 0])
    await until(() => simulator.record.sockets.every(({ closed }) => closed !== undefined))
    expect(simulator.record.sockets.map(({ closed }) => closed?.by)).toEqual(['client'])
    expect(simulator.record.requests.map((request) => request.end?.by)).toEqual(['client'])
    expect(query.ends[0]?.calls).toHaveLength(1)
  })

  it('in the delay before another attempt makes none', async () => {
    const simulator = await simulate({ fault: { type: 'status', status: 503, headers: { 'retry-after-ms': '30000' } } })
    const query = start(simulator.url)
    await until(() => query.count('retry') === 1)
    expect(query.limiter.running).toBe(0)

    end(query)

    // The connection is in the pool again: nobody waits for anything on it.
    await until(() => simulator.record.requests[0]?.end !== undefined)
    expect(simulator.record.requests.map((request) => request.end?.by)).toEqual(['finished'])
    expect(query.limiter.waiting).toBe(0)
  })

  it('in the queue of a limiter makes no request, and leaves the queue', async () => {
    const simulator = await simulate({ fault: { type: 'stall', afterEvents: 3 } })
    const limiter = createLimiter({ concurrency: 1 })
    const first = start(simulator.url, limiter)
    await until(() => first.count('text') === 2)
    const query = start(simulator.url, limiter)
    await until(() => limiter.waiting === 1)

    end(query)

    expect([limiter.running, limiter.waiting]).toEqual([1, 0])
    expect(query.ends[0]).toMatchObject({ calls: [], inputTokens: 0, outputTokens: 0 })
    end(first)
    await until(() => simulator.record.requests[0]?.end !== undefined)
    expect(simulator.record.requests).toHaveLength(1)
    expect([limiter.running, limiter.waiting]).toEqual([0, 0])
  })

})

describe('an answer whose question is still being embedded', () => {
  it.each([
    ['dropped', ({ running }: Query) => running.unsubscribe(), []],
    ['stopped', ({ stop }: Query) => stop.next(), ['usage', 'finish']],
  ] as const)('and that is %s closes the socket, and tells that no model was asked', async (_, end, kinds) => {
    const simulator = await startSimulator({ embeddings: { headersDelayMs: 600_000 } })
    started.push(simulator)
    const query = start(simulator.url, createLimiter({ concurrency: 1 }), openaiEmbedder({ model: 'e', baseUrl: simulator.url }))
    await until(() => simulator.record.requests.length === 1)

    end(query)

    await until(() => simulator.record.requests[0]?.end !== undefined && query.ends.length === 1)
    expect(simulator.record.requests.map(({ path, end: ended }) => [path, ended?.by])).toEqual([['/v1/embeddings', 'client']])
    expect(query.ends[0]).toMatchObject({ calls: [], inputTokens: 0, outputTokens: 0 })
    await until(() => query.chunks.length === kinds.length)
    expect(query.chunks.map(({ type }) => type)).toEqual(kinds)
  })
})

describe('an answer that is whole', () => {
  it('tells its usage once, and nothing more when it is dropped afterwards', async () => {
    const simulator = await simulate({ text: 'Because.' })
    const query = start(simulator.url)
    await until(() => query.count('finish') === 1)

    query.running.unsubscribe()
    query.stop.next()

    expect(query.outcome()).toEqual({ errors: 0, completed: 1, ends: 1 })
    expect(query.chunks.at(-1)).toEqual({ type: 'finish', reason: 'stop' })
  })
})
