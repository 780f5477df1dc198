import { NEVER, Observable, Subject, concat, defer, finalize, firstValueFrom, lastValueFrom, mergeMap, of, throwError, timer, toArray } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type LoadsOptions, runLoads } from '../../src/benchmark/runLoads.ts'
import type { LoadEnd, LoadInfo, RequestSample } from '../../src/benchmark/run.ts'
import { createRunFold } from '../../src/benchmark/createRunFold.ts'
import type { Chunk } from '../../src/types/chunk.ts'
import { mark } from '../../src/internal/mark.ts'
import { runInfo } from '../support/benchRun.ts'

// Time is virtual here: clock and timers.
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance', 'Date'] }))
afterEach(() => void vi.useRealTimers())

/** An answer that begins after so long: with the marks of a model that was sent the question at once. */
function answerAfter(ms: number): Observable<Chunk> {
  const begin = defer(() => of<Chunk[]>(mark('accepted'), mark('sent', 1)))
  const rest = timer(ms).pipe(mergeMap(() => of<Chunk[]>(mark('any1', 1), mark('visible1', 1), { type: 'text', text: 'a' }, mark('last', 1), mark('finished', 1), { type: 'finish', reason: 'stop' })))
  return concat(begin, rest)
}

async function run(options: Partial<LoadsOptions> & Pick<LoadsOptions, 'targets' | 'loads'>): Promise<(RequestSample | LoadEnd)[]> {
  const lines = lastValueFrom(runLoads({ question: (number) => ({ id: String(number), question: 'Why?' }), seed: 1, ...options }).pipe(toArray()))
  await vi.runAllTimersAsync()
  return lines
}
const requests = (lines: readonly (RequestSample | LoadEnd)[]) => lines.filter((line) => line.type === 'request')
const closed = (concurrency: number): LoadInfo => ({ name: `${concurrency} at once`, kind: 'closed', concurrency })
const open = (rate: number, changes: Partial<LoadInfo> = {}): LoadInfo => ({ name: `${rate} a second`, kind: 'open', rate, arrivals: 'constant', ...changes })

describe('runLoads', () => {
  it('keeps so many requests running at every target, one load after the other', async () => {
    let [running, most] = [0, 0]
    const target = () =>
      defer(() => {
        most = Math.max(most, ++running)
        return answerAfter(10)
      }).pipe(finalize(() => running--))
    const starts: number[] = []
    const lines = await run({ targets: [target, target], loads: [closed(3), closed(5)], requests: 20, onStart: (load) => starts.push(load) })

    expect(requests(lines)).toHaveLength(80)
    expect([most, starts]).toEqual([10, [0, 1]])
    expect(lines.filter((line) => line.type === 'load').map(({ target: place, load }) => [place, load])).toEqual([[0, 0], [1, 0], [0, 1], [1, 1]])
  })

  it('starts at its rate and waits for nobody', async () => {
    const lines = await run({ targets: [() => answerAfter(60_000)], loads: [open(10)], requests: 50 })

    expect(requests(lines).map(({ startedMs }) => Math.round(startedMs))).toEqual(Array.from({ length: 50 }, (_, index) => index * 100))
    expect(requests(lines).every(({ times }) => times.scheduledWaitMs! - times.waitMs! < 2)).toBe(true)
  })

  it('shares the time between two starts among targets', async () => {
    const lines = await run({ targets: [() => answerAfter(1), () => answerAfter(1)], loads: [open(10)], requests: 3 })

    expect(requests(lines).map(({ target, startedMs }) => [target, Math.round(startedMs)])).toEqual([[0, 0], [1, 50], [0, 100], [1, 150], [0, 200], [1, 250]])
  })

  it('ends after its time', async () => {
    const byTime = requests(await run({ targets: [() => answerAfter(100)], loads: [closed(1)], seconds: 2 }))
    const atRate = requests(await run({ targets: [() => answerAfter(100)], loads: [open(5)], seconds: 2 }))

    expect([byTime.length, atRate.length]).toEqual([20, 10])
  })

  it('makes a sample of a failure, with no time, and goes on', async () => {
    let number = 0
    const lines = await run({ targets: [() => (++number === 2 ? throwError(() => new Error('no')) : answerAfter(1))], loads: [closed(1)], requests: 3 })

    expect(requests(lines).map(({ error, times }) => [error?.message, times.waitMs !== undefined])).toEqual([[undefined, true], ['no', false], [undefined, true]])
  })

  it('drops what is running when it is stopped, still tells the end of its load, and begins no other', async () => {
    const stop = new Subject<void>()
    let dropped = 0
    const endless = () => new Observable<Chunk>(() => () => void dropped++)
    const lines = lastValueFrom(runLoads({ targets: [endless], loads: [closed(4), closed(5)], question: () => ({ id: '1', question: 'Why?' }), seed: 1, requests: 9, stop }).pipe(toArray()))
    await vi.advanceTimersByTimeAsync(100)
    stop.next()

    expect([(await lines).map(({ type }) => type), dropped]).toEqual([['load'], 4])
  })

  it('is not held up by a load that nothing ends', async () => {
    const first = firstValueFrom(runLoads({ targets: [() => answerAfter(5), () => NEVER], loads: [closed(1)], question: () => ({ id: '1', question: 'Why?' }), seed: 1, requests: 1 }))
    await vi.advanceTimersByTimeAsync(50)

    expect(await first).toMatchObject({ type: 'request', target: 0 })
  })
})

describe('a server that stalls for a second every ten', () => {
  /** One request at a time at 10 ms each, 50 a second; none is answered while the server stands still. */
  const servedAfter = (startMs: number) => (startMs % 10_000 < 1000 ? 1000 - (startMs % 10_000) : 0) + 10
  const stalling = () => defer(() => answerAfter(servedAfter(performance.now() - began)))
  let began = 0

  it('shows what a person waits when it counts from the schedule, and says why the other figure does not', async () => {
    began = performance.now()
    const count = 2000
    const lines = await run({ targets: [stalling], loads: [open(50, { concurrency: 1 })], requests: count })
    const samples = requests(lines)

    // The same queue on paper.
    let free = 0
    const implied = Array.from({ length: count }, (_, index) => {
      const due = index * 20
      const start = Math.max(due, free)
      free = start + servedAfter(start)
      return { scheduled: free - due, sent: free - start }
    })
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
    const [scheduled, sent] = [mean(samples.map(({ times }) => times.scheduledTtftMs!)), mean(samples.map(({ times }) => times.ttftMs!))]
    expect(samples).toHaveLength(count)
    expect(Math.abs(scheduled / mean(implied.map((one) => one.scheduled)) - 1)).toBeLessThan(0.05)
    expect(Math.abs(sent / mean(implied.map((one) => one.sent)) - 1)).toBeLessThan(0.05)
    expect(scheduled).toBeGreaterThan(sent * 3)

    const fold = createRunFold(runInfo({ loads: [open(50, { concurrency: 1 })] }))
    for (const line of lines) fold.take(line)
    const { notes, results } = fold.summary()
    expect(results[0]?.self.clientLimited).toBeUndefined()
    expect(notes.filter((text) => text.startsWith('TTFT'))).toHaveLength(1)
    expect(notes[0]).toMatch(/^TTFT is .* counted from the schedule, but .* counted from the send: while the server was slow, the next requests waited/)
  })
})
