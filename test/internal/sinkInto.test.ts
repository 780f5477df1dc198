import { NEVER, Observable, Subject, concat, defer, from, lastValueFrom, map, of, range, repeat, takeUntil, throwError } from 'rxjs'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { InvalidOptionError, OverflowError, RagError, SinkError } from '../../src/errors.ts'
import { type SinkEnd, type SinkOptions, type Writer, sinkInto } from '../../src/internal/sinkInto.ts'
import { createGate } from '../../src/policies/gate.ts'
import type { Chunk } from '../../src/types/chunk.ts'
import { finish, reset, text } from '../support/chunks.ts'
import { settledTurns } from '../support/settledTurns.ts'

/** A writer that notes everything, and whose writes end when the test says so. */
function notes(slow = false) {
  const written: string[] = []
  const ends: SinkEnd[] = []
  const pending: { resolve: () => void; reject: (error: unknown) => void }[] = []
  const writer: Writer<number> = {
    write(chunk) {
      written.push(chunk.type === 'text' ? chunk.text : chunk.type)
      return slow ? new Promise<void>((resolve, reject) => pending.push({ resolve, reject })) : undefined
    },
    close(end) {
      ends.push(end)
      return written.length
    },
  }
  /** Ends the writes that are pending, and those that follow. */
  const drain = async (times = Infinity) => {
    for (let done = 0; done < times && pending.length > 0; done++) {
      pending.shift()?.resolve()
      await settledTurns()
    }
  }
  return { writer, written, ends, pending, drain }
}
const sink = (writer: Writer<number>, options?: SinkOptions) => sinkInto(() => writer, options)
const broken = new RagError('broken', 'broken')
const large = text('x'.repeat(20_000))

describe('sinkInto', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  it('writes every chunk in order and emits the summary once', async () => {
    const { writer, written, ends } = notes()

    expect(await lastValueFrom(of<Chunk[]>(text('a'), text('b'), finish()).pipe(sink(writer)))).toBe(3)
    expect(written).toEqual(['a', 'b', 'finish'])
    expect(ends).toEqual([{ kind: 'complete' }])
  })

  it('opens a writer for each subscription, and none before', async () => {
    let opened = 0
    const summaries = of(text('a')).pipe(sinkInto(() => (opened++, notes().writer)))

    expect(opened).toBe(0)
    await lastValueFrom(summaries)
    await lastValueFrom(summaries)
    expect(opened).toBe(2)
  })

  it('emits the summary of an empty source', async () => {
    expect(await lastValueFrom(from<Chunk[]>([]).pipe(sink(notes().writer)))).toBe(0)
  })

  it('never writes two chunks at once, and emits the summary after the last write', async () => {
    const { writer, written, pending, drain } = notes(true)
    let summary: number | undefined
    of<Chunk[]>(text('a'), finish(), text('c')).pipe(sink(writer)).subscribe((count) => (summary = count))

    await settledTurns()
    expect(written).toEqual(['a'])
    await drain(1)
    expect(written).toEqual(['a', 'finish'])
    expect(pending).toHaveLength(1)
    await drain()
    expect(written).toEqual(['a', 'finish', 'c'])
    expect(summary).toBe(3)
  })

  it('merges the text that waits, and nothing across other chunks', async () => {
    const { writer, written, drain } = notes(true)
    const summary = lastValueFrom(of<Chunk[]>(text('a'), text('b'), text('c'), reset, text('d'), text('e'), finish()).pipe(sink(writer)))

    await drain()

    expect(written).toEqual(['a', 'bc', 'reset', 'de', 'finish'])
    expect(await summary).toBe(5)
  })

  it('writes at once what comes while nothing waits, in the turn it comes', () => {
    const { writer, written } = notes()
    const source = new Subject<Chunk>()
    source.pipe(sink(writer)).subscribe()

    source.next(text('a'))
    expect(written).toEqual(['a'])
    source.next(text('b'))
    expect(written).toEqual(['a', 'b'])
  })

  it('keeps the order when a write makes its own source go on, or end', async () => {
    const source = new Subject<Chunk>()
    const written: string[] = []
    const writer: Writer<number> = {
      write(chunk) {
        if (chunk.type !== 'text') return
        if (chunk.text === 'a') for (const next of ['b', 'c']) source.next(text(next))
        if (chunk.text === 'bc') source.complete()
        written.push(chunk.text)
      },
      close: () => written.length,
    }
    const summary = lastValueFrom(source.pipe(sink(writer)))
    source.next(text('a'))

    expect(await summary).toBe(2)
    expect(written).toEqual(['a', 'bc'])
  })

  it('ends a source that would go on for ever when nobody wants the summary any more', () => {
    let sent = 0
    const endless = new Observable<Chunk>((subscriber) => {
      while (!subscriber.closed && sent < 1000) {
        sent++
        subscriber.next(text('a'))
      }
    })
    const wanted = new Subject<void>()
    const ending: Writer<number> = { write: () => { if (sent === 3) wanted.next() }, close: () => 0 }

    endless.pipe(sink(ending), takeUntil(wanted)).subscribe()

    expect(sent).toBe(3)
  })

  it('waits for a summary that is promised', async () => {
    expect(await lastValueFrom(of(text('a')).pipe(sinkInto(() => ({ write: () => undefined, close: () => Promise.resolve(7) }))))).toBe(7)
  })

  it('fails with the error of the source once all that came is written, and tells the summary so far', async () => {
    const { writer, written, ends, drain } = notes(true)
    const failed = lastValueFrom(concat(of(text('a'), text('b')), throwError(() => broken)).pipe(sink(writer)))
    const outcome = expect(failed).rejects.toEqual(new SinkError(broken, 2))

    await drain()
    await outcome
    expect(written).toEqual(['a', 'b'])
    expect(ends).toEqual([{ kind: 'error', error: broken }])
  })

  it.each([
    ['throws', () => { throw broken }],
    ['rejects', () => Promise.reject(broken)],
  ])('fails, ends the source and closes when a write %s', async (_, write) => {
    const source = new Subject<Chunk>()
    const ends: SinkEnd[] = []
    const failed = lastValueFrom(source.pipe(sinkInto(() => ({ write, close: (end) => (ends.push(end), 'summary') }))))
    const outcome = expect(failed).rejects.toEqual(new SinkError(broken, 'summary'))

    source.next(text('a'))
    await outcome

    expect(source.observed).toBe(false)
    expect(ends).toEqual([{ kind: 'error', error: broken }])
  })

  it('fails when it cannot be opened', async () => {
    const failing = sinkInto(() => { throw broken })

    await expect(lastValueFrom(of(text('a')).pipe(failing))).rejects.toBe(broken)
  })

  it('fails when it cannot be closed', async () => {
    const failing = sinkInto(() => ({ write: () => undefined, close: () => { throw broken } }))

    await expect(lastValueFrom(of(text('a')).pipe(failing))).rejects.toBe(broken)
  })

  it('tells the first error when closing after it fails too', async () => {
    const failing = sinkInto(() => ({ write: () => undefined, close: () => { throw new Error('second') } }))

    await expect(lastValueFrom(throwError(() => broken).pipe(failing))).rejects.toEqual(new SinkError(broken, undefined))
  })

  it('closes with `drop` when it is unsubscribed, ends the source, and writes nothing more', async () => {
    const { writer, written, ends, drain } = notes(true)
    const source = new Subject<Chunk>()
    const subscription = source.pipe(sink(writer)).subscribe()
    source.next(text('a'))
    source.next(text('b'))

    subscription.unsubscribe()
    await drain()

    expect(source.observed).toBe(false)
    expect(ends).toEqual([{ kind: 'drop' }])
    expect(written).toEqual(['a'])
  })

  it('can be dropped when closing fails', () => {
    const failing = sinkInto(() => ({ write: () => undefined, close: () => { throw broken } }))

    expect(() => NEVER.pipe(failing).subscribe().unsubscribe()).not.toThrow()
  })

  it('closes once, also when it is dropped right after it has ended', async () => {
    const { writer, ends } = notes()
    const subscription = of(text('a')).pipe(sink(writer)).subscribe()
    await settledTurns()
    subscription.unsubscribe()

    expect(ends).toEqual([{ kind: 'complete' }])
  })

  it('queues nothing when source and writer are synchronous', async () => {
    const { writer } = notes()

    expect(await lastValueFrom(range(0, 10_000).pipe(map(() => text('xx')), sink(writer, { maxBytes: 4 })))).toBe(10_000)
  })

  it('ends a source that never would by itself', async () => {
    const { writer } = notes(true)

    await expect(lastValueFrom(of(large).pipe(repeat(), sink(writer)))).rejects.toBeInstanceOf(SinkError)
  })

  describe('when it is slow', () => {
    it('holds the gate above the high-water mark and releases it below the low one', async () => {
      const { writer, drain } = notes(true)
      const gate = createGate()
      const source = new Subject<Chunk>()
      source.pipe(sink(writer, { gate })).subscribe()

      source.next(large)
      expect(gate.held).toBe(false)
      source.next(large)
      expect(gate.held).toBe(true)
      await drain(1)
      expect(gate.held).toBe(true)
      await drain(1)
      expect(gate.held).toBe(false)
    })

    it('holds it again the next time', async () => {
      const { writer, drain } = notes(true)
      const gate = createGate()
      const source = new Subject<Chunk>()
      source.pipe(sink(writer, { gate })).subscribe()
      for (let round = 0; round < 3; round++) {
        for (let chunk = 0; chunk < 3; chunk++) source.next(large)
        expect(gate.held).toBe(true)
        await drain()
        expect(gate.held).toBe(false)
      }
    })

    it.each(['drop', 'error', 'complete'])('lets go of the gate at the end by %s', async (how) => {
      const { writer, drain } = notes(true)
      const gate = createGate()
      const source = new Subject<Chunk>()
      const subscription = source.pipe(sink(writer, { gate })).subscribe({ error: () => undefined })
      for (let chunk = 0; chunk < 3; chunk++) source.next(large)
      expect(gate.held).toBe(true)

      if (how === 'drop') subscription.unsubscribe()
      if (how === 'error') source.error(broken)
      if (how === 'complete') source.complete()
      if (how !== 'drop') await drain()

      expect(gate.held).toBe(false)
    })

    it('never holds it as a viewer', () => {
      const { writer } = notes(true)
      const gate = createGate()
      const source = new Subject<Chunk>()
      source.pipe(sink(writer, { gate, whenSlow: 'cut' })).subscribe()

      for (let chunk = 0; chunk < 10; chunk++) source.next(large)

      expect(gate.held).toBe(false)
    })

    it.each(['pause', 'cut'] as const)('is cut above maxBytes, not behind the write that hangs (%s)', async (whenSlow) => {
      const { writer, ends } = notes(true)
      const gate = createGate()
      const source = new Subject<Chunk>()
      const failed = lastValueFrom(source.pipe(sink(writer, { gate, whenSlow, maxBytes: 100_000 })))
      const overflow = new OverflowError('A sink fell 100000 bytes behind', 100_000, 'bytes')
      const outcome = expect(failed).rejects.toEqual(new SinkError(overflow, 1))

      for (let chunk = 0; chunk < 3; chunk++) source.next(large)
      await outcome

      expect(source.observed).toBe(false)
      expect(gate.held).toBe(false)
      expect(ends).toEqual([{ kind: 'error', error: overflow }])
    })

    it('counts what a model sends of tool calls and reasoning too', async () => {
      const { writer } = notes(true)
      const source = new Subject<Chunk>()
      const failed = lastValueFrom(source.pipe(sink(writer, { maxBytes: 100_000 })))
      const outcome = expect(failed).rejects.toBeInstanceOf(SinkError)

      source.next({ type: 'reasoning', text: 'x'.repeat(30_000) })
      source.next({ type: 'tool-call', index: 0, argumentsText: 'x'.repeat(30_000) })

      await outcome
    })

    it('is cut when one hold lasts longer than maxHoldMs', async () => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
      const { writer } = notes(true)
      const gate = createGate()
      const source = new Subject<Chunk>()
      const failed = lastValueFrom(source.pipe(sink(writer, { gate, maxHoldMs: 500 })))
      const outcome = expect(failed).rejects.toMatchObject({ code: 'overflow', cause: { limit: 500, unit: 'ms' } })
      for (let chunk = 0; chunk < 3; chunk++) source.next(large)

      vi.advanceTimersByTime(499)
      expect(source.observed).toBe(true)
      vi.advanceTimersByTime(1)

      await outcome
      expect([source.observed, gate.held]).toEqual([false, false])
    })

    it('starts the time of a hold anew with the next one, and leaves no timer behind', async () => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
      const { writer, drain } = notes(true)
      const gate = createGate()
      const source = new Subject<Chunk>()
      const subscription = source.pipe(sink(writer, { gate, maxHoldMs: 500 })).subscribe()
      for (let round = 0; round < 3; round++) {
        for (let chunk = 0; chunk < 3; chunk++) source.next(large)
        vi.advanceTimersByTime(400)
        await drain()
        expect(vi.getTimerCount()).toBe(0)
      }
      source.next(large)
      source.next(large)
      subscription.unsubscribe()

      expect(vi.getTimerCount()).toBe(0)
    })

    it('holds nothing once the source has ended, and is cut when a write then takes longer than maxHoldMs', async () => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
      const { writer, drain } = notes(true)
      const gate = createGate()
      const source = new Subject<Chunk>()
      const failed = lastValueFrom(source.pipe(sink(writer, { gate, maxHoldMs: 500 })))
      const outcome = expect(failed).rejects.toMatchObject({ code: 'overflow', cause: { limit: 500, unit: 'ms' } })
      for (let chunk = 0; chunk < 3; chunk++) source.next(large)
      source.next(finish())
      expect(gate.held).toBe(true)

      source.complete()
      expect(gate.held).toBe(false)
      vi.advanceTimersByTime(499)
      await drain(1)
      vi.advanceTimersByTime(499)
      await drain(1)
      vi.advanceTimersByTime(500)

      await outcome
      expect(vi.getTimerCount()).toBe(0)
    })

    it('gives a patient writer all the time there is after the source has ended', async () => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
      const { writer, drain } = notes(true)
      const summary = lastValueFrom(of<Chunk[]>(text('a'), finish()).pipe(sink({ ...writer, isPatient: true }, { maxHoldMs: 1 })))

      expect(vi.getTimerCount()).toBe(0)
      await drain()
      expect(await summary).toBe(2)
    })

    it('holds before it overflows, whatever the bound', () => {
      const { writer } = notes(true)
      const gate = createGate()
      const source = new Subject<Chunk>()
      source.pipe(sink(writer, { gate, maxBytes: 4000 })).subscribe()
      for (let chunk = 0; chunk < 3; chunk++) source.next(text('x'.repeat(250)))

      expect([gate.held, source.observed]).toEqual([true, true])
    })

    it('can be given more time than a timer knows', async () => {
      const { writer } = notes(true)
      const source = new Subject<Chunk>()
      const gate = createGate()
      const subscription = source.pipe(sink(writer, { gate, maxHoldMs: Number.MAX_SAFE_INTEGER })).subscribe()
      for (let chunk = 0; chunk < 3; chunk++) source.next(large)
      await new Promise((resolve) => setTimeout(resolve, 20))

      expect(gate.held).toBe(true)
      subscription.unsubscribe()
    })
  })

  it.each([{ maxBytes: 0 }, { maxBytes: Number.NaN }, { maxHoldMs: 0 }, { maxHoldMs: Infinity }])('refuses %o at the call', (options) => {
    expect(() => sink(notes().writer, options)).toThrow(InvalidOptionError)
  })

  it('asks its source once', async () => {
    let subscriptions = 0
    await lastValueFrom(defer(() => (subscriptions++, of(text('a')))).pipe(sink(notes().writer)))

    expect(subscriptions).toBe(1)
  })
})
