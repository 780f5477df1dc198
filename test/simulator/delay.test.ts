import { afterEach, describe, expect, it, vi } from 'vitest'
import { type Delay, type ScriptedAnswer } from '../../src/simulator.ts'
import { drawDelay } from '../../src/simulator/delay.ts'
import { createRandom } from '../../src/internal/random.ts'
import { until } from '../wire/until.ts'
import { answered, ask, simulate, streamed } from './rawExchange.ts'

afterEach(() => void vi.useRealTimers())

function draws(delay: Delay, seed = 1, count = 10_000): number[] {
  const random = createRandom(seed, 'delays')
  return Array.from({ length: count }, () => drawDelay(delay, random))
}
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
const deviation = (values: readonly number[]) => Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)))
const middle = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length / 2]!

describe('10,000 draws', () => {
  it.each([1, 2, 99])('are uniform where that is asked for, with seed %i', (seed) => {
    const values = draws({ distribution: 'uniform', minMs: 20, maxMs: 80 }, seed)
    expect(Math.min(...values)).toBeGreaterThanOrEqual(20)
    expect(Math.max(...values)).toBeLessThan(80)
    expect(Math.abs(mean(values) / 50 - 1)).toBeLessThan(0.02)
    expect(Math.abs(deviation(values) / (60 / Math.sqrt(12)) - 1)).toBeLessThan(0.02)
  })

  it.each([1, 2, 99])('are exponential, with seed %i', (seed) => {
    const values = draws({ distribution: 'exponential', meanMs: 50 }, seed)
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0)
    expect(Math.abs(mean(values) / 50 - 1)).toBeLessThan(0.05)
    expect(Math.abs(deviation(values) / 50 - 1)).toBeLessThan(0.06)
    expect(Math.abs(values.filter((value) => value > 50).length / 10_000 - Math.exp(-1))).toBeLessThan(0.02)
  })

  it.each([1, 2, 99])('are lognormal, with seed %i', (seed) => {
    const values = draws({ distribution: 'lognormal', medianMs: 50, sigma: 0.4 }, seed)
    expect(Math.abs(middle(values) / 50 - 1)).toBeLessThan(0.03)
    expect(Math.abs(deviation(values.map((value) => Math.log(value))) / 0.4 - 1)).toBeLessThan(0.03)
    expect(Math.abs(mean(values) / (50 * Math.exp(0.08)) - 1)).toBeLessThan(0.03)
  })

  it('are always the same for a constant', () => {
    expect(new Set(draws(7))).toEqual(new Set([7]))
  })
})

describe('a random sequence', () => {
  it('is the same for the same parts, and another for any others', () => {
    const parts = [[1, 0, 'delays'], [2, 0, 'delays'], [1, 1, 'delays'], [1, 0, 'fault'], [1, 10], [11, 0]] as const
    const sequences = parts.map((some) => Array.from({ length: 5 }, createRandom(...some)).join())
    expect(new Set(sequences).size).toBe(parts.length)
    expect(Array.from({ length: 5 }, createRandom(...parts[0])).join()).toBe(sequences[0])
  })

  it('has first numbers that spread over all requests', () => {
    const firsts = Array.from({ length: 10_000 }, (_, number) => createRandom(1, number, 'fault')())
    for (let tenth = 0; tenth < 10; tenth++) {
      const share = firsts.filter((value) => Math.floor(value * 10) === tenth).length
      expect(share).toBeGreaterThan(880)
      expect(share).toBeLessThan(1120)
    }
  })
})

describe('the schedule of an answer', () => {
  const headersDelayMs: Delay = { distribution: 'uniform', minMs: 5, maxMs: 15 }
  const firstDelayMs: Delay = { distribution: 'lognormal', medianMs: 40, sigma: 0.5 }
  const delayMs: Delay = { distribution: 'exponential', meanMs: 9 }
  const script: ScriptedAnswer = { tokens: 12, headersDelayMs, firstDelayMs, delayMs }

  /** Milliseconds from the request to each event: role, 12 tokens, finish reason, [DONE]. */
  function dueTimes(seed: number, number: number): number[] {
    const random = createRandom(seed, number, 'delays')
    const due = [drawDelay(headersDelayMs, random)]
    for (let event = 1; event < 15; event++) due.push(due.at(-1)! + drawDelay(event === 1 ? firstDelayMs : delayMs, random))
    return due
  }

  it('follows the draws of its seed and number, event by event, in virtual time', async () => {
    const simulator = await simulate({ script, seed: 5 })
    for (const number of [0, 1]) {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
      ask(simulator)
      while (simulator.record.requests.length === number) await new Promise((resolve) => setImmediate(resolve))
      const request = simulator.record.requests[number]!
      for (let millisecond = 0; millisecond < 2000; millisecond++) vi.advanceTimersByTime(1)
      vi.useRealTimers()
      expect([...request.writes].map(({ at }) => (at - request.at) / 1e6)).toEqual(dueTimes(5, number).map(Math.ceil))
    }
  })

  it('sends what is late at once, and is on time again after that', async () => {
    const simulator = await simulate({ script: { tokens: 12, delayMs: 10 } })
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    ask(simulator)
    while ((simulator.record.requests[0]?.events ?? 0) < 1) await new Promise((resolve) => setImmediate(resolve))
    const request = simulator.record.requests[0]!
    // As if the process had been busy: its clock goes on, no timer fires.
    performance.now = ((now) => () => now() + 35)(performance.now.bind(performance))
    for (let millisecond = 0; millisecond < 200; millisecond++) vi.advanceTimersByTime(1)
    vi.useRealTimers()
    const times = [...request.writes].map(({ at }) => Math.round((at - request.at) / 1e6))
    expect(times).toEqual([0, 0, 45, 45, 45, 45, 50, 60, 70, 80, 90, 100, 110, 120, 130])
  })

  it('is never early, and in order, in many answers at once', async () => {
    const simulator = await simulate({ script, seed: 3 })
    await Promise.all(Array.from({ length: 50 }, () => answered(ask(simulator))))
    for (const [number, request] of simulator.record.requests.entries()) {
      const times = [...request.writes].map(({ at }) => (at - request.at) / 1e6)
      const due = dueTimes(3, number)
      expect(times).toHaveLength(due.length)
      expect(times.every((time, index) => time >= due[index]! - 0.001)).toBe(true)
      expect(times).toEqual(times.toSorted((a, b) => a - b))
    }
  })

  it('lets an answer that is not streamed come whole when the last event would have', async () => {
    const simulator = await simulate({ script, seed: 5 })
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    const exchange = ask(simulator, { body: { ...streamed, stream: false } })
    while (simulator.record.requests.length === 0) await new Promise((resolve) => setImmediate(resolve))
    const due = dueTimes(5, 0).at(-1)!
    vi.advanceTimersByTime(Math.floor(due))
    expect(simulator.record.requests[0]).toMatchObject({ events: 0 })
    expect(simulator.record.requests[0]?.status).toBeUndefined()
    vi.advanceTimersByTime(1)
    vi.useRealTimers()
    expect((await answered(exchange)).status).toBe(200)
    expect(simulator.record.requests[0]).toMatchObject({ events: 1 })
  })

  it('ends when the client goes, wherever it is', async () => {
    for (const slow of ['headersDelayMs', 'firstDelayMs', 'delayMs'] as const) {
      const simulator = await simulate({ script: { [slow]: 1e9 } })
      const exchange = ask(simulator)
      await until(() => simulator.record.requests.length === 1 && (slow === 'headersDelayMs' || exchange.pieces.length > 0))
      exchange.socket.destroy()
      await until(() => simulator.record.requests[0]?.end !== undefined)
      expect(simulator.record.requests[0]?.end?.by).toBe('client')
    }
  })
})
