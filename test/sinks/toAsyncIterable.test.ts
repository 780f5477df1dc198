import * as fc from 'fast-check'
import { NEVER, Observable, Subject, concat, defer, from, of, throwError } from 'rxjs'
import { describe, expect, expectTypeOf, it, vi } from 'vitest'
import { InvalidOptionError, OverflowError, RagError } from '../../src/errors.ts'
import { createGate } from '../../src/policies/gate.ts'
import { toAsyncIterable } from '../../src/sinks/toAsyncIterable.ts'
import type { Chunk } from '../../src/types/chunk.ts'
import { finish, markAt, reset, text } from '../support/chunks.ts'
import { collect } from '../support/collect.ts'
import { settledTurns } from '../support/settledTurns.ts'

const broken = new RagError('broken', 'broken')
const large = text('x'.repeat(20_000))
const textOf = (chunks: readonly Chunk[]) => chunks.map((chunk) => (chunk.type === 'text' ? chunk.text : '')).join('')
const started = (source: Observable<Chunk>, options = {}) => {
  const iterator = toAsyncIterable(source, options)[Symbol.asyncIterator]()
  return { next: () => iterator.next(), leave: () => iterator.return?.() }
}
const end = { done: true, value: undefined }

describe('toAsyncIterable', () => {
  it('gives every chunk in order, and then the end', async () => {
    const mark = markAt('sent', 1)

    expect(await collect(toAsyncIterable(of<Chunk[]>(mark, text('a'), reset, text('b'), finish())))).toEqual([mark, text('a'), reset, text('b'), finish()])
    expect(await collect(toAsyncIterable(from<Chunk[]>([])))).toEqual([])
  })

  it('subscribes at the first `next`, once for each iterator', async () => {
    let subscriptions = 0
    const chunks = toAsyncIterable(defer(() => (subscriptions++, of(text('a')))))
    const iterator = chunks[Symbol.asyncIterator]()

    expect(subscriptions).toBe(0)
    await iterator.next()
    await iterator.next()
    expect(subscriptions).toBe(1)
    await collect(chunks)
    expect(subscriptions).toBe(2)
  })

  it('gives a chunk to whoever asked before it came', async () => {
    const source = new Subject<Chunk>()
    const { next } = started(source)
    const asked = [next(), next(), next()]
    source.next(text('a'))
    source.next(text('b'))
    source.complete()

    expect(await Promise.all(asked)).toEqual([{ done: false, value: text('a') }, { done: false, value: text('b') }, end])
  })

  it('merges the text that came while nobody asked', async () => {
    const source = new Subject<Chunk>()
    const { next } = started(source)
    const first = next()
    for (const word of ['a', 'b', 'c', 'd']) source.next(text(word))
    source.next(finish())

    expect((await first).value).toEqual(text('a'))
    expect([(await next()).value, (await next()).value, (await next()).value]).toEqual([text('b'), text('cd'), finish()])
  })

  it.each(['silent', 'full'])('drops the answer at once by `break` when it is %s', async (state) => {
    const source = new Subject<Chunk>()
    const gate = createGate()
    const chunks = toAsyncIterable(source, { gate })
    setImmediate(() => {
      for (let index = 0; index < (state === 'full' ? 6 : 1); index++) source.next(large)
    })
    for await (const chunk of chunks) {
      expect(chunk.type).toBe('text')
      expect([source.observed, gate.held]).toEqual([true, state === 'full'])
      break
    }

    expect([source.observed, gate.held]).toEqual([false, false])
  })

  it('drops the answer at once by `return`, also while `next` is pending, which then finds the end', async () => {
    const source = new Subject<Chunk>()
    const { next, leave } = started(source)
    const pending = [next(), next()]

    const left = leave()
    expect(source.observed).toBe(false)

    expect(await left).toEqual(end)
    expect(await Promise.all(pending)).toEqual([end, end])
    expect(await next()).toEqual(end)
  })

  it('never subscribes when it is left before it began', async () => {
    let subscriptions = 0
    const { next, leave } = started(defer(() => (subscriptions++, NEVER)))

    await leave()

    expect(await next()).toEqual(end)
    expect(subscriptions).toBe(0)
  })

  it('drops the answer when the loop throws', async () => {
    const source = new Subject<Chunk>()
    setImmediate(() => source.next(text('a')))
    const loop = async () => {
      for await (const chunk of toAsyncIterable(source)) throw new Error(chunk.type)
    }

    await expect(loop()).rejects.toThrow('text')
    expect(source.observed).toBe(false)
  })

  it('rejects once with the error of the answer, when all that came before was taken', async () => {
    const { next } = started(concat(of<Chunk[]>(text('a'), finish()), throwError(() => broken)))

    expect((await next()).value).toEqual(text('a'))
    expect((await next()).value).toEqual(finish())
    await expect(next()).rejects.toBe(broken)
    expect(await next()).toEqual(end)
  })

  it('rejects a `next` that is pending, and ends the others', async () => {
    const source = new Subject<Chunk>()
    const { next } = started(source)
    const [first, second] = [next(), next()]
    const outcome = expect(first).rejects.toBe(broken)
    source.error(broken)

    await outcome
    expect(await second).toEqual(end)
  })

  it('rejects nothing that nobody asked for', async () => {
    const rejected = vi.fn()
    process.on('unhandledRejection', rejected)
    const source = new Subject<Chunk>()
    const { next, leave } = started(source)
    void next()
    source.next(text('a'))
    source.error(broken)
    await settledTurns()
    await leave()
    await settledTurns()
    process.off('unhandledRejection', rejected)

    expect(rejected).not.toHaveBeenCalled()
  })

  it('holds the gate while nobody asks beyond a small buffer, and lets go when that is taken', async () => {
    const source = new Subject<Chunk>()
    const gate = createGate()
    const { next } = started(source, { gate })
    const first = next()
    source.next(large)
    await first
    expect(gate.held).toBe(false)

    for (let index = 0; index < 4; index++) source.next(large)
    await settledTurns()
    expect(gate.held).toBe(true)
    for (let index = 0; index < 4; index++) await next()
    await settledTurns()
    expect(gate.held).toBe(false)
  })

  it('fails when it is too far behind, and when it has held the gate for too long', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const gate = createGate()
    const sources = [new Subject<Chunk>(), new Subject<Chunk>()]
    const [full, idle] = [started(sources[0]!, { maxBytes: 100_000 }), started(sources[1]!, { gate, maxHoldMs: 500 })]
    void full.next()
    void idle.next()
    for (const source of sources) for (let index = 0; index < 5; index++) source.next(large)
    vi.advanceTimersByTime(500)
    vi.useRealTimers()

    await expect(full.next()).rejects.toEqual(new OverflowError('A sink fell 100000 bytes behind', 100_000, 'bytes'))
    await expect(idle.next()).rejects.toMatchObject({ code: 'overflow', unit: 'ms' })
    expect([gate.held, ...sources.map(({ observed }) => observed)]).toEqual([false, false, false])
  })

  it('is given all the time there is once the answer has ended', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const { next } = started(of<Chunk[]>(text('a'), text('b'), finish()), { maxHoldMs: 1 })
    await next()
    const timers = vi.getTimerCount()
    vi.useRealTimers()

    expect(timers).toBe(0)
    expect([(await next()).value, (await next()).value, await next()]).toEqual([text('b'), finish(), end])
  })

  it('gives the text whole, however chunks come and are taken', async () => {
    const step = fc.oneof(fc.constant('take' as const), fc.string({ minLength: 1, maxLength: 3 }), fc.constant('turn' as const))
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.boolean(), async (steps, fails) => {
        const source = new Subject<Chunk>()
        const { next } = started(source)
        const asked = [next()]
        let sent = ''
        for (const what of steps) {
          if (what === 'take') asked.push(next())
          else if (what === 'turn') await Promise.resolve()
          else source.next(text((sent += what, what)))
        }
        if (fails) source.error(broken)
        else source.complete()
        const got: Chunk[] = []
        let failures = 0
        for (let index = 0; ; index++) {
          if (index === asked.length) asked.push(next())
          const result = await asked[index]!.catch(() => (failures++, undefined))
          if (result === undefined) continue
          if (result.done) break
          got.push(result.value)
        }
        expect([textOf(got), failures]).toEqual([sent, fails ? 1 : 0])
      }),
      { numRuns: 200 },
    )
  })

  it('takes 100,000 chunks that come in one turn, and one after the other', async () => {
    const many = Array.from({ length: 100_000 }, () => text('ab'))

    expect(textOf(await collect(toAsyncIterable(from(many))))).toHaveLength(200_000)
  })

  it.each([{ maxBytes: 0 }, { maxHoldMs: -1 }])('refuses %o at the call', (options) => {
    expect(() => toAsyncIterable(NEVER, options)).toThrow(InvalidOptionError)
  })

  it('is typed as chunks', () => {
    expectTypeOf(toAsyncIterable(NEVER)).toEqualTypeOf<AsyncIterable<Chunk>>()
  })
})
