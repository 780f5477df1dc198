import { setImmediate as turn } from 'node:timers/promises'
import { of } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { startSimulator } from 'riffle-rx/simulator'
import { openai } from '../../src/models/openaiModel.ts'
import { answer } from '../../src/pipelines/answer.ts'
import { serve } from '../../src/server/serve.ts'
import { memoryStore } from '../../src/stores/memoryStore.ts'
import { finish, text } from '../support/chunks.ts'
import { get, handlerOf, words } from './asking.ts'

// LEAVING=10000 NODE_OPTIONS=--expose-gc npx vitest run test/server/leaving.test.ts      the full run; it prints the growth of the heap

const rounds = Number(process.env['LEAVING'] ?? 1000)

describe('a client that leaves', () => {
  it.each([0, 60])('closes the socket to the model after the grace time: %i ms', async (graceMs) => {
    const simulator = await startSimulator({ script: { tokens: 100_000, delayMs: 2 } })
    const store = memoryStore()
    const model = openai({ model: 'm', baseUrl: simulator.url })
    const served = handlerOf({ graceMs, answer: ({ question }, { stop }) => answer(question, { store, model, stop }) })
    const serving = await serve(served, { port: 0 })
    const leave = new AbortController()
    const response = await fetch(`${serving.url}/v1/answers?question=a`, { signal: leave.signal })
    const reader = response.body!.getReader()
    let said = ''
    while (!said.includes('"type":"text"')) said += new TextDecoder().decode((await reader.read()).value)
    expect(simulator.record.counts.sockets).toEqual({ opened: 1, server: 0, client: 0 })
    leave.abort()
    await reader.read().catch(() => undefined)
    await vi.waitFor(() => expect(simulator.record.counts.sockets).toEqual({ opened: 1, server: 0, client: 1 }))
    expect(simulator.record.counts.byEnd).toEqual({ finished: 0, server: 0, client: 1 })
    expect(served.stats()).toMatchObject({ running: 0, viewers: 0 })
    await serving.close()
    await simulator.close()
  })

  it(`leaves nothing behind, ${rounds} times: no run, viewer, timer or socket`, async () => {
    const served = handlerOf({ graceMs: 0, keepMs: 0, maxRuns: 1000, answer: (_, { stop }) => words(10_000, 5, stop) })
    const serving = await serve(served, { port: 0 })
    const visit = async () => {
      const leave = new AbortController()
      const response = await fetch(`${serving.url}/v1/answers?question=a`, { signal: leave.signal })
      await response.body!.getReader().read()
      leave.abort()
    }
    const visits = async (count: number) => {
      for (let left = count; left > 0; left -= 20) await Promise.all(Array.from({ length: 20 }, visit))
      await vi.waitFor(() => expect(served.stats()).toEqual({ running: 0, queued: 0, kept: 0, viewers: 0, cutViewers: 0 }), { timeout: 10_000 })
    }
    await visits(100)
    const before = await resources()
    await visits(rounds)
    const after = await resources()
    expect(after.timers).toBeLessThanOrEqual(before.timers + 2)
    if (rounds > 1000) console.log(`heap growth after ${rounds}: ${((after.heap - before.heap) / 2 ** 20).toFixed(1)} MiB`)
    if (globalThis.gc !== undefined) expect(after.heap - before.heap).toBeLessThan(10 * 2 ** 20)
    await serving.close()
    expect(await new Promise((resolve) => serving.server.getConnections((_, count) => resolve(count)))).toBe(0)
  }, 600_000)
})

describe('a reply to a web handler that has ended', () => {
  const limits = { keepMs: 60_000, stallMs: 30_000, heartbeatMs: 60_000 }
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'], shouldAdvanceTime: true }))
  afterEach(() => void vi.useRealTimers())

  it.each([1, 5000])('leaves no timer once it is read, %i words', async (count) => {
    const texts = Array.from({ length: count }, () => text('0123456789'))
    const response = await handlerOf({ ...limits, answer: () => of(...texts, finish()) }).fetch(get('/v1/answers?question=a'))
    expect(await response.text()).toMatch(/event: done\n.*\n\n$/)
    // That of the run, which can still be read.
    expect(vi.getTimerCount()).toBe(1)
  })

  it('is let go when the client had left before it began', async () => {
    const served = handlerOf({ ...limits, graceMs: 0, answer: (_, { stop }) => words(10_000, 5, stop) })
    await served.fetch(new Request('http://localhost/v1/answers?question=a', { signal: AbortSignal.abort() }))
    expect(served.stats()).toMatchObject({ running: 0, viewers: 0 })
  })

  it('is broken when nobody reads it', async () => {
    const response = await handlerOf({ ...limits, answer: () => of(text('a'), finish()) }).fetch(get('/v1/answers?question=a'))
    await turn()
    vi.advanceTimersByTime(limits.stallMs)
    await expect(response.text()).rejects.toThrow('broke off')
  })
})

async function resources(): Promise<{ readonly timers: number; readonly heap: number }> {
  for (let round = 0; round < 5; round++) {
    globalThis.gc?.()
    await turn()
  }
  return { timers: process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length, heap: process.memoryUsage().heapUsed }
}
