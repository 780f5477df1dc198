import { type MonoTypeOperatorFunction, lastValueFrom, of, pipe, reduce, tap, toArray } from 'rxjs'
import { afterEach, describe, expect, it } from 'vitest'
import { openai } from '../../src/models/openaiModel.ts'
import { generateAnswer } from '../../src/operators/generateAnswer.ts'
import { requireFinish } from '../../src/operators/requireFinish.ts'
import { type RetryStreamOptions, retryStream } from '../../src/operators/retryStream.ts'
import { type TimeLimitsOptions, timeLimits } from '../../src/operators/timeLimits.ts'
import { createGate } from '../../src/policies/gate.ts'
import { type Script, type Simulator, startSimulator } from '../../src/simulator.ts'
import type { Chunk } from '../../src/types/chunk.ts'

const text = 'The heron waits in the shallow water until something moves.'
const started: Simulator[] = []
afterEach(async () => {
  await Promise.all(started.splice(0).map((simulator) => simulator.close()))
})

async function simulate(script: Script): Promise<Simulator> {
  const simulator = await startSimulator({ script })
  started.push(simulator)
  return simulator
}

const attempt = (limits: TimeLimitsOptions, options: RetryStreamOptions): MonoTypeOperatorFunction<Chunk> =>
  pipe(timeLimits(limits), requireFinish(), retryStream({ baseDelayMs: 1, ...options }))

function ask({ url }: Simulator, operator: MonoTypeOperatorFunction<Chunk>, gate = createGate()) {
  const query = { id: '1', question: 'Why?', messages: [{ role: 'user', content: 'Why?' }] } as const
  return of(query).pipe(generateAnswer(openai({ model: 'm', baseUrl: url }), { attempt: operator, gate }))
}

/** The text by the rule of all sinks, and the kinds of what else came, without marks. */
async function answerOf(simulator: Simulator, operator: MonoTypeOperatorFunction<Chunk>) {
  const chunks = await lastValueFrom(ask(simulator, operator).pipe(toArray()))
  const last = chunks.findLastIndex(({ type }) => type === 'reset')
  const said = chunks.slice(last + 1).map((chunk) => (chunk.type === 'text' ? chunk.text : '')).join('')
  return { said, kinds: chunks.map(({ type }) => type).filter((type) => type !== 'mark' && type !== 'text') }
}

describe('the attempt operators, over HTTP', () => {
  it.each([
    { name: 'is busy', fault: { type: 'status', status: 503, headers: { 'retry-after-ms': '5' } } },
    { name: 'reports an error in the stream', fault: { type: 'error-object', afterEvents: 1, error: { message: 'overloaded', code: 503 } } },
    { name: 'cuts the stream', fault: { type: 'cut', afterEvents: 1 } },
    { name: 'closes the socket', fault: { type: 'close', afterEvents: 0 } },
    { name: 'sends nothing', fault: { type: 'silence' } },
    { name: 'stalls before the first text', fault: { type: 'stall', afterEvents: 1 } },
  ] as const)('ask again when the server $name, and nobody sees it in the text', async ({ fault }) => {
    const simulator = await simulate([{ text, fault }, { text }])

    const { said, kinds } = await answerOf(simulator, attempt({ firstTextMs: 1000 }, {}))

    expect(said).toBe(text)
    expect(kinds).toEqual(['retry', 'usage', 'finish'])
    expect(simulator.record.requests).toHaveLength(2)
  })

  it.each(['cut', 'close', 'reset', 'stall'] as const)('start again after a %s at any event of the answer', async (type) => {
    // The role, then words; after the last one only the finish is missing.
    const simulator = await simulate([...Array.from({ length: 9 }, (_, event) => ({ text, fault: { type, afterEvents: event + 2 } })), { text }])

    const { said, kinds } = await answerOf(simulator, attempt({ firstTextMs: 2000, nextTextMs: 100 }, { afterText: 'restart', maxRetries: 30 }))

    expect(said).toBe(text)
    expect(kinds.filter((kind) => kind !== 'retry')).toEqual([...kinds.filter((kind) => kind === 'reset'), 'usage', 'finish'])
    expect(kinds.filter((kind) => kind === 'reset' || kind === 'retry')).toHaveLength(simulator.record.requests.length - 1)
  })

  it('close the socket of an attempt that is silent, before the next is made', async () => {
    const simulator = await simulate([{ text, fault: { type: 'stall', afterEvents: 4 } }, { text }])

    await answerOf(simulator, attempt({ nextTextMs: 300 }, { afterText: 'restart' }))

    expect(simulator.record.requests.map(({ end }) => end?.by)).toEqual(['client', 'finished'])
  })

  it('count no time while a consumer holds the gate for longer than the limit', async () => {
    const simulator = await simulate({ text, delayMs: 2 })
    const gate = createGate()
    const hold = (): void => {
      const release = gate.hold()
      setTimeout(release, 900)
    }
    let seen = 0
    const chunks = ask(simulator, attempt({ nextTextMs: 300, gate }, {}), gate).pipe(tap(({ type }) => type === 'text' && ++seen === 3 && hold()))

    const said = await lastValueFrom(chunks.pipe(reduce((all, chunk) => all + (chunk.type === 'text' ? chunk.text : ''), '')))

    expect(gate.heldNs).toBeGreaterThan(0)
    expect(said).toBe(text)
  })

  it('make no request after they are dropped in the delay', async () => {
    const simulator = await simulate({ fault: { type: 'status', status: 503, headers: { 'retry-after-ms': '50' } } })
    const retried = new Promise<void>((resolve) => {
      const running = ask(simulator, attempt({}, {})).pipe(tap(({ type }) => {
        if (type !== 'retry') return
        queueMicrotask(() => running.unsubscribe())
        setTimeout(resolve, 150)
      })).subscribe()
    })
    await retried
    expect(simulator.record.requests).toHaveLength(1)
  })
})
