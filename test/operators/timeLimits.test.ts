import { stat } from 'node:fs'
import { NEVER, Observable, asyncScheduler, concat, lastValueFrom, map, of, pipe, range, throwError, toArray } from 'rxjs'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { InvalidOptionError, RagError, type TimeoutPhase } from '../../src/errors.ts'
import { retryStream } from '../../src/operators/retryStream.ts'
import { type TimeLimitsOptions, timeLimits } from '../../src/operators/timeLimits.ts'
import { createGate } from '../../src/policies/gate.ts'
import type { Chunk } from '../../src/types/chunk.ts'
import type { Gate } from '../../src/types/gate.ts'
import { finish, markAt, reset, text, usage } from '../support/chunks.ts'
import { marbles } from '../support/marbles.ts'

const chunks = {
  a: text('a'), b: text('b'), f: finish(), u: usage(), v: reset,
  p: markAt('prompted', 0), c: markAt('connected', 1), s: markAt('sent', 1), h: markAt('headers', 2), e: markAt('event1', 3),
  r: { type: 'reasoning', text: 'Hm' }, t: { type: 'tool-call', index: 0, argumentsText: '{' },
  y: { type: 'retry', attempt: 1, delayMs: 4, error: { code: 'lost', message: 'lost' } },
  x: { type: 'reasoning', text: '' }, z: { type: 'tool-call', index: 0, argumentsText: '' },
} satisfies Record<string, Chunk>

const off: TimeLimitsOptions = { firstTextMs: Infinity, nextTextMs: Infinity }
const timeout = (phase: TimeoutPhase, detail: object = {}): unknown =>
  expect.objectContaining({ name: 'TimeoutError', code: 'timeout', phase, retryable: phase !== 'total', detail: expect.objectContaining(detail) as unknown })

/** What comes out of `source`, as marbles; `#` is a timeout of this phase. */
function check(source: string, options: TimeLimitsOptions, expected: string, phase: TimeoutPhase, subscription?: string): void {
  marbles(({ cold, expectObservable, expectSubscriptions }) => {
    const attempt = cold<Chunk>(source, chunks)
    expectObservable(attempt.pipe(timeLimits(options))).toBe(expected, chunks, timeout(phase))
    if (subscription !== undefined) expectSubscriptions(attempt.subscriptions).toBe(subscription)
  })
}

describe('timeLimits', () => {
  it('passes an attempt on that is in time everywhere', () => {
    const limits = { connectMs: 2, headersMs: 3, firstTextMs: 6, nextTextMs: 4, totalMs: 20 }
    check('-cs-h--a---b---(uf|)', limits, '-cs-h--a---b---(uf|)', 'total', '^--------------!')
  })

  it('fails and drops the attempt when there is no connection in time', () => {
    check('p---------cs', { ...off, connectMs: 5 }, 'p----#', 'connect', '^----!')
  })

  it('takes any later sign for a connection', () => {
    check('--h-------|', { ...off, connectMs: 5 }, '--h-------|', 'connect')
    check('--a-------|', { ...off, connectMs: 5 }, '--a-------|', 'connect')
  })

  it('fails when the headers do not come in time after the request was sent', () => {
    check('---cs------h', { ...off, headersMs: 5 }, '---cs----#', 'headers', '^--------!')
    check('---cs---h--------|', { ...off, headersMs: 5 }, '---cs---h--------|', 'headers')
  })

  it('fails when the first text does not come in time; marks and empty chunks are no sign of life', () => {
    check('-he-x-z-----a', { firstTextMs: 8 }, '-he-x-z-#', 'first-text', '^-------!')
  })

  it('counts the first text from the sending of the request', () => {
    check('---cs------a|', { firstTextMs: 8 }, '---cs------a|', 'first-text')
    check('---cs--------a', { firstTextMs: 8 }, '---cs-------#', 'first-text')
  })

  it('takes text of any channel for text', () => {
    for (const sign of ['r', 't', 'a']) check(`---${sign}------|`, { firstTextMs: 5, nextTextMs: 20 }, `---${sign}------|`, 'first-text')
  })

  it('fails when text stops; the limit begins again with each text', () => {
    check('-a--b--r--t-x-z--h---', { nextTextMs: 5 }, '-a--b--r--t-x-z#', 'next-text', '^--------------!')
  })

  it('tells what had come of the text', () => {
    marbles(({ cold, expectObservable }) => {
      const attempt = cold<Chunk>('sab', chunks)
      const expected = timeout('next-text', { attempt: 1, phase: 'body', textLength: 2, textTail: 'ab' })
      expectObservable(attempt.pipe(timeLimits({ nextTextMs: 3 }))).toBe('sab--#', chunks, expected)
    })
  })

  it('fails when the whole takes too long, even when the text flows', () => {
    check('a-b-a-b-a-b-a-b', { totalMs: 9 }, 'a-b-a-b-a#', 'total', '^--------!')
  })

  it('lets text pass that comes in the last moment', () => {
    check('-----a----b----|', { firstTextMs: 5, nextTextMs: 5 }, '-----a----b----|', 'next-text')
  })

  it('limits nothing after the finish', () => {
    check('-a-f----------|', { nextTextMs: 3, totalMs: 6 }, '-a-f----------|', 'total')
  })

  it('starts again with each attempt, after its delay, when it stands behind a retry', () => {
    check('-ay-----cs---a|', { connectMs: 6, firstTextMs: 6, nextTextMs: 3 }, '-ay-----cs---a|', 'connect')
    check('-av----a|', { firstTextMs: 6, nextTextMs: 3 }, '-av----a|', 'first-text')
    check('-ay-------------', { firstTextMs: 6, nextTextMs: 3 }, '-ay---------#', 'first-text')
  })

  it('with totalMs behind a retry covers all attempts', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const attempt = cold<Chunk>('---#', chunks, new RagError('lost', 'lost', { retryable: true }))
      const result = attempt.pipe(retryStream({ maxRetries: 9, baseDelayMs: 0 }), timeLimits({ ...off, totalMs: 8 }))
      const values = Object.fromEntries(['m', 'n'].map((name, index) => [name, { ...chunks.y, attempt: index + 1, delayMs: 0 }]))
      expectObservable(result).toBe('---m--n-#', values, timeout('total'))
      expectSubscriptions(attempt.subscriptions).toBe(['^--!', '---^--!', '------^-!'])
    })
  })

  it('completes with an empty source and passes an error on', () => {
    check('--|', { firstTextMs: 5 }, '--|', 'first-text', '^-!')
    marbles(({ expectObservable }) => {
      const broken = new Error('broken')
      expectObservable(throwError(() => broken).pipe(timeLimits())).toBe('#', undefined, broken)
    })
  })

  it('fails a source that never says anything after two minutes, and never when the limits are off', () => {
    marbles(({ expectObservable }) => {
      expectObservable(NEVER.pipe(timeLimits())).toBe('2m #', undefined, timeout('first-text'))
      expectObservable(NEVER.pipe(timeLimits(off))).toBe('-')
    })
  })

  it('waits longer than a timer can', () => {
    check('- 43200m a|', { ...off, firstTextMs: 40 * 86_400_000 }, '- 43200m a|', 'first-text')
    check('-', { ...off, firstTextMs: 30 * 86_400_000 }, '43200m #', 'first-text')
  })

  it('drops the source and its timer when it is dropped', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const attempt = cold<Chunk>('-a----', chunks)
      expectObservable(attempt.pipe(timeLimits({ nextTextMs: 5 })), '---!').toBe('-a', chunks)
      expectSubscriptions(attempt.subscriptions).toBe('^--!')
    })
  })

  it('starts its clocks anew for each subscription', () => {
    marbles(({ cold, expectObservable }) => {
      const limited = cold<Chunk>('----a|', chunks).pipe(timeLimits({ firstTextMs: 6 }))
      expectObservable(concat(limited, limited)).toBe('----a----a|', chunks)
    })
  })

  it.each(['connectMs', 'headersMs', 'firstTextMs', 'nextTextMs', 'totalMs'])('refuses a %s that is no time', (name) => {
    for (const value of [0, -1, Number.NaN]) expect(() => timeLimits({ [name]: value })).toThrow(InvalidOptionError)
    expect(() => timeLimits({ [name]: 0.5 })).not.toThrow()
  })
})

describe('timeLimits, while its gate is held', () => {
  /** A gate in virtual time, held from one frame to another. */
  const heldBetween = (from: number, to: number): Gate => {
    const passed = () => Math.max(0, Math.min(asyncScheduler.now(), to) - from)
    return {
      ...createGate(),
      get held() {
        return asyncScheduler.now() >= from && asyncScheduler.now() < to
      },
      get heldNs() {
        return passed() * 1e6
      },
    }
  }

  it('counts no time', () => {
    marbles(({ cold, expectObservable }) => {
      const attempt = cold<Chunk>('-a 57ms b---|', chunks)
      expectObservable(attempt.pipe(timeLimits({ nextTextMs: 10, totalMs: 40, gate: heldBetween(5, 55) }))).toBe('-a 57ms b---|', chunks)
    })
  })

  it('still fails when the silence beside it is too long, and not long after', () => {
    marbles(({ cold, expectObservable }) => {
      const attempt = cold<Chunk>('-a 100ms b', chunks)
      // 4 ms before the hold and 12 after it are the limit.
      expectObservable(attempt.pipe(timeLimits({ nextTextMs: 16, gate: heldBetween(5, 55) }))).toBe('-a 65ms #', chunks, timeout('next-text'))
    })
  })
})

describe('timeLimits, in real time', () => {
  afterEach(() => void vi.restoreAllMocks())

  it('makes a few timers for 10,000 chunks, and none is left', async () => {
    const schedule = vi.spyOn(asyncScheduler, 'schedule')
    const many = range(0, 10_000).pipe(map((): Chunk => chunks.a))

    const got = await lastValueFrom(concat(of(chunks.c, chunks.s, chunks.h), many, of(chunks.f)).pipe(timeLimits({ connectMs: 9, totalMs: 1e6 }), toArray()))

    expect(got).toHaveLength(10_004)
    expect(schedule.mock.calls.length).toBeLessThan(5)
    expect(schedule.mock.results.every(({ value }) => (value as { closed: boolean }).closed)).toBe(true)
  })

  it('reads what came while the program was busy before it calls that a silence', async () => {
    const attempt = new Observable<Chunk>((subscriber) => {
      // Its result waits in the event loop behind the timer, as that of a socket does.
      stat('.', () => {
        subscriber.next(chunks.f)
        subscriber.complete()
      })
      const until = performance.now() + 60
      while (performance.now() < until);
    })

    expect(await lastValueFrom(attempt.pipe(timeLimits({ firstTextMs: 20 })))).toEqual(chunks.f)
  })

  it('sleeps through a limit that is longer than a timer can be', async () => {
    const schedule = vi.spyOn(asyncScheduler, 'schedule')
    const running = NEVER.pipe(timeLimits({ ...off, totalMs: 2 ** 32 })).subscribe()
    await new Promise((resolve) => setTimeout(resolve, 20))
    running.unsubscribe()
    expect(schedule).toHaveBeenCalledOnce()
  })

  it('is an operator from chunks to chunks', async () => {
    const limits = pipe(timeLimits(), timeLimits(off))
    expect(await lastValueFrom(of<Chunk>(chunks.f).pipe(limits))).toBe(chunks.f)
  })
})
