import { type Observable, Subject, catchError, concat, defer, from, ignoreElements, lastValueFrom, map, of, range, throwError, toArray } from 'rxjs'
import { afterEach, describe, expect, expectTypeOf, it, vi } from 'vitest'
import { InvalidOptionError, OverflowError, RagError, SinkError } from '../../src/errors.ts'
import { createGate } from '../../src/policies/gate.ts'
import { type Settled, fanOut } from '../../src/sinks/fanOut.ts'
import { toCompletion } from '../../src/sinks/toCompletion.ts'
import { toNdjson } from '../../src/sinks/toNdjson.ts'
import { type StdoutSummary, toStdout } from '../../src/sinks/toStdout.ts'
import type { Chunk } from '../../src/types/chunk.ts'
import type { Completion } from '../../src/types/completion.ts'
import { finish, text } from '../support/chunks.ts'
import { marbles } from '../support/marbles.ts'
import { settledTurns } from '../support/settledTurns.ts'
import { FastStream, SlowStream } from '../support/slowStream.ts'

const answer: Chunk[] = [text('a'), text('b'), finish()]
const broken = new RagError('broken', 'broken')
const large = text('x'.repeat(20_000))
const failing = map((): never => {
  throw broken
})

describe('fanOut', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  it('sends every chunk to every sink and emits one tuple of their summaries, in the order of the arguments', async () => {
    const stream = new FastStream()

    const settled = await lastValueFrom(from(answer).pipe(fanOut(toCompletion({ id: '1' }), toStdout({ stream }), toArray())))

    expect(settled).toEqual([
      { ok: true, summary: { id: '1', text: 'ab', finishReason: 'stop', sources: [], citations: [] } },
      { ok: true, summary: { characters: 2, finishReason: 'stop' } },
      { ok: true, summary: answer },
    ])
    expect(stream.text).toBe('ab')
  })

  it('subscribes to a synchronous source once, and loses none of it', async () => {
    let subscriptions = 0
    const source = defer(() => (subscriptions++, range(0, 10_000).pipe(map(() => text('x')))))

    const settled = await lastValueFrom(source.pipe(fanOut(toCompletion(), toCompletion(), toArray())))

    expect(subscriptions).toBe(1)
    expect(settled.map((end) => end.ok && ('text' in end.summary ? end.summary.text.length : end.summary.length))).toEqual([10_000, 10_000, 10_000])
  })

  it('does not let a sink that fails disturb the others', async () => {
    const [first, second, third] = await lastValueFrom(from(answer).pipe(fanOut(failing, toCompletion(), () => { throw broken })))

    expect(first).toEqual({ ok: false, error: broken })
    expect(second).toMatchObject({ ok: true, summary: { text: 'ab', finishReason: 'stop' } })
    expect(third).toEqual({ ok: false, error: broken })
  })

  it('tells of a sink that failed what it had written', async () => {
    const gone = new FastStream()
    const source = new Subject<Chunk>()
    const settled = lastValueFrom(source.pipe(fanOut(toStdout({ stream: gone }), toCompletion())))
    source.next(text('a'))
    gone.destroy()
    source.next(text('b'))
    await settledTurns()
    source.next(finish())
    source.complete()

    expect(await settled).toMatchObject([{ ok: false, error: { code: 'closed-pipe' }, summary: { characters: 2 } }, { ok: true, summary: { text: 'ab' } }])
  })

  it('ends the source once every sink has failed', async () => {
    const source = new Subject<Chunk>()
    const settled = lastValueFrom(source.pipe(fanOut(failing, failing)))

    source.next(text('a'))

    expect(await settled).toEqual([{ ok: false, error: broken }, { ok: false, error: broken }])
    expect(source.observed).toBe(false)
  })

  it('calls a sink without a summary failed', async () => {
    expect(await lastValueFrom(from(answer).pipe(fanOut(ignoreElements(), toCompletion())))).toMatchObject([{ ok: false, error: { code: 'no-summary' } }, { ok: true }])
  })

  it('fails when the source fails, with all summaries, once every sink has closed', async () => {
    const stream = new SlowStream()
    const failed = lastValueFrom(concat(of(text('long enough')), throwError(() => broken)).pipe(fanOut(toStdout({ stream }), toCompletion(), toArray())))
    let closed = false
    const outcome = expect(failed.finally(() => (closed = true))).rejects.toEqual(new SinkError(broken, [
      { ok: false, error: broken, summary: { characters: 11 } },
      { ok: false, error: broken, summary: { text: 'long enough', finishReason: 'partial', sources: [], citations: [], error: { code: 'broken', message: 'broken' } } },
      { ok: false, error: broken },
    ]))

    await settledTurns()
    expect(closed).toBe(false)
    await stream.drain()

    await outcome
    expect(stream.text).toBe('long enough')
  })

  it('fails when the source fails though a sink swallows the error', async () => {
    const swallowing = catchError<Chunk, Observable<string>>(() => of('fine'))
    const failed = lastValueFrom(throwError(() => broken).pipe(fanOut(swallowing, toCompletion())))

    await expect(failed).rejects.toMatchObject({ code: 'broken', cause: broken })
  })

  it('drops all sinks and the source when it is unsubscribed', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold<Chunk>('a----', { a: text('a') })
      const other = cold<number>('-----')

      expectObservable(source.pipe(fanOut(toArray(), () => other)), '--!').toBe('-')
      expectSubscriptions(source.subscriptions).toBe('^-!')
      expectSubscriptions(other.subscriptions).toBe('^-!')
    })
  })

  it('waits with a silent source, and emits empty summaries for an empty one', () => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold<Chunk>('-').pipe(fanOut(toArray()))).toBe('-')
      expectObservable(cold<Chunk>('--|').pipe(fanOut(toArray()))).toBe('--(s|)', { s: [{ ok: true, summary: [] }] })
    })
  })

  it('keeps the gate held while one sink is slow, and releases it once that has caught up', async () => {
    const slow = new SlowStream()
    const fast = new FastStream()
    const gate = createGate()
    const source = new Subject<Chunk>()
    const settled = lastValueFrom(source.pipe(fanOut(toStdout({ stream: slow, gate }), toStdout({ stream: fast, gate }))))
    for (let index = 0; index < 3; index++) source.next(large)
    await settledTurns()

    expect([gate.held, fast.text.length, slow.text.length]).toEqual([true, 60_000, 0])
    await slow.drain()
    expect([gate.held, slow.text.length]).toEqual([false, 60_000])
    source.complete()
    await slow.drain()
    expect(await settled).toEqual([{ ok: true, summary: { characters: 60_000 } }, { ok: true, summary: { characters: 60_000 } }])
  })

  it('cuts a sink that hangs above maxBytes, and the others go on', async () => {
    const source = new Subject<Chunk>()
    const settled = lastValueFrom(source.pipe(fanOut(toStdout({ stream: new SlowStream(), whenSlow: 'cut', maxBytes: 50_000 }), toCompletion())))
    for (let index = 0; index < 3; index++) source.next(large)
    await settledTurns()
    source.next(finish())
    source.complete()

    expect(await settled).toMatchObject([
      { ok: false, error: new OverflowError('A sink fell 50000 bytes behind', 50_000, 'bytes'), summary: { characters: 20_000 } },
      { ok: true, summary: { finishReason: 'stop' } },
    ])
  })

  it('cuts a sink that holds the answer back for too long, and the others go on', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const gate = createGate()
    const source = new Subject<Chunk>()
    const settled = lastValueFrom(source.pipe(fanOut(toStdout({ stream: new SlowStream(), gate, maxHoldMs: 1000 }), toCompletion({}))))
    for (let index = 0; index < 3; index++) source.next(large)
    expect(gate.held).toBe(true)

    vi.advanceTimersByTime(1000)
    expect(gate.held).toBe(false)
    source.next(finish())
    source.complete()

    expect(await settled).toMatchObject([{ ok: false, error: { code: 'overflow', unit: 'ms' } }, { ok: true, summary: { finishReason: 'stop' } }])
  })

  it.each(['pause', 'cut'] as const)('does not wait for ever for a sink at standstill once the answer has ended (%s)', async (whenSlow) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const dead = toStdout({ stream: new SlowStream(), whenSlow, maxHoldMs: 1000 })
    const settled = lastValueFrom(from<Chunk[]>([text('long enough'), finish()]).pipe(fanOut(dead, toCompletion())))
    let isSettled = false
    void settled.then(() => (isSettled = true))

    vi.advanceTimersByTime(999)
    await settledTurns()
    expect(isSettled).toBe(false)
    vi.advanceTimersByTime(1)

    expect(await settled).toMatchObject([{ ok: false, error: { code: 'overflow', unit: 'ms' }, summary: { characters: 11 } }, { ok: true, summary: { text: 'long enough' } }])
  })

  it('gives each sink its own queue: one that is behind gets its text merged, the others each chunk as it came', async () => {
    const slow = new SlowStream()
    const source = new Subject<Chunk>()
    const settled = lastValueFrom(source.pipe(fanOut(toNdjson({ stream: slow }), toArray())))
    for (const word of ['a', 'b', 'c']) source.next(text(word))
    source.next(finish())
    source.complete()
    await slow.drain()

    expect(await settled).toMatchObject([{ ok: true, summary: { lines: 3 } }, { ok: true, summary: [text('a'), text('b'), text('c'), finish()] }])
    expect(slow.text.split('\n').slice(0, -1).map((line) => JSON.parse(line) as unknown)).toEqual([text('a'), text('bc'), finish()])
  })

  it('refuses to be without sinks at the call', () => {
    expect(() => fanOut()).toThrow(InvalidOptionError)
  })

  it('is typed as the tuple of what its sinks emit', () => {
    const both = of<Chunk>().pipe(fanOut(toStdout(), toCompletion()))

    expectTypeOf(both).toEqualTypeOf(of<[Settled<StdoutSummary>, Settled<Completion>]>())
  })
})
