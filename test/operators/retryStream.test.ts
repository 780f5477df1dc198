import {
  NEVER, type Observable, concat, defer, lastValueFrom, map, of, pipe, range, take, tap, throwError, toArray,
} from 'rxjs'
import { describe, expect, it } from 'vitest'
import { InvalidOptionError, ProviderError, RagError, TruncatedError } from '../../src/errors.ts'
import { generateAnswer } from '../../src/operators/generateAnswer.ts'
import { requireFinish } from '../../src/operators/requireFinish.ts'
import { type RetryStreamOptions, retryStream } from '../../src/operators/retryStream.ts'
import { timeLimits } from '../../src/operators/timeLimits.ts'
import { createRetryBudget } from '../../src/policies/retryBudget.ts'
import type { Chunk } from '../../src/types/chunk.ts'
import type { CompletionRequest } from '../../src/types/completion.ts'
import { call, finish, markAt, text, usage } from '../support/chunks.ts'
import { marbles } from '../support/marbles.ts'
import { scriptedModel } from '../support/scriptedModel.ts'

const busy = new ProviderError('server-error', 'Busy', { status: 503, textLength: 2, textTail: 'ab' })
const refused = new ProviderError('unauthorized', 'No', { status: 401 })
const asking = (retryAfterMs: number) => new ProviderError('rate-limited', 'Slowly', { status: 429, retryAfterMs })
const info = { code: 'server-error', message: 'Busy', status: 503 }
const retryChunk = (attempt: number, delayMs: number, error: object = info) => ({ type: 'retry', attempt, delayMs, error }) as Chunk

const chunks = {
  a: text('a'), b: text('b'), f: finish(), p: finish('partial'), s: markAt('sent', 1),
  h: { type: 'reasoning', text: 'Hm' }, t: { type: 'tool-call', index: 0, argumentsText: '{' },
  c: { type: 'citation', marker: 1, start: 0, end: 3, valid: false },
  // The first attempt failed, the second; delays of half the bound.
  1: retryChunk(1, 2), 2: retryChunk(2, 4), 0: retryChunk(1, 0),
  r: { type: 'reset', attempt: 2, error: info }, v: { type: 'reset', attempt: 3, error: info },
} satisfies Record<string, Chunk>

/** Delays are 2, 4, 8 … 16 ms. */
const steady: RetryStreamOptions = { baseDelayMs: 4, maxDelayMs: 32, random: () => 0.5 }

interface Case {
  /** What `#` of an attempt is. Default `busy`. */
  readonly error?: unknown
  /** What `#` of the result is. Default: the same. */
  readonly failure?: unknown
  readonly values?: Readonly<Record<string, Chunk>>
  readonly subscriptions?: readonly string[]
}

/** Attempts one after another, as marbles. */
function check(attempts: readonly string[], options: RetryStreamOptions, expected: string, details: Case = {}): void {
  const { error = busy, failure = error, values = chunks, subscriptions } = details
  marbles(({ cold, expectObservable, expectSubscriptions }) => {
    const sources = attempts.map((attempt) => cold<Chunk>(attempt, chunks, error))
    const left = [...sources]
    const answer = defer(() => left.shift() ?? NEVER).pipe(retryStream({ ...steady, ...options }))
    expectObservable(answer).toBe(expected, values, failure)
    subscriptions?.forEach((subscription, index) => expectSubscriptions(sources[index]?.subscriptions ?? []).toBe(subscription))
  })
}

describe('retryStream', () => {
  it('passes an answer on that does not fail', () => {
    check(['-s-a-b-(f|)'], {}, '-s-a-b-(f|)', { subscriptions: ['^------!'] })
  })

  it('makes another attempt after a failure before the first text, and says so with a retry chunk', () => {
    check(['-s-#', '-s-a-(f|)'], {}, '-s-1--s-a-(f|)', { subscriptions: ['^--!', '-----^----!'] })
  })

  it('waits longer after each failure, and gives up with the last error', () => {
    check(['-#', '-#', '-#'], {}, '-1--2----#', { subscriptions: ['^!', '---^!', '--------^!'] })
  })

  it('does not wait longer than maxDelayMs', () => {
    const values = { ...chunks, 2: retryChunk(2, 2), 3: retryChunk(3, 2) }
    check(['-#', '-#', '-#', '-a(f|)'], { maxDelayMs: 4, maxRetries: 3 }, '-1--2--3--a(f|)', { values })
  })

  it('makes no other attempt when none is allowed or the error will not pass', () => {
    check(['-s-#', '-a(f|)'], { maxRetries: 0 }, '-s-#')
    for (const error of [refused, new TypeError('bug'), new RagError('odd', 'odd')]) check(['-s-#', '-a(f|)'], {}, '-s-#', { error })
  })

  it('completes with an empty source and waits with a silent one', () => {
    check(['--|'], {}, '--|', { subscriptions: ['^-!'] })
    check(['---'], {}, '---')
  })

  describe('when the server asks to wait', () => {
    const slowly = (attempt: number, delayMs: number) => retryChunk(attempt, delayMs, { code: 'rate-limited', message: 'Slowly', status: 429 })

    it('waits as long, and up to a quarter longer', () => {
      for (const [random, delay] of [[() => 0, 8], [() => 0.5, 9], [() => 1, 10]] as const) {
        check(['-#', 'a(f|)'], { random, baseDelayMs: 50, maxDelayMs: 50 }, `-1 ${delay - 1}ms a(f|)`, { error: asking(8), values: { ...chunks, 1: slowly(1, delay) } })
      }
    })

    it('adds no more than it would wait by itself', () => {
      check(['-#', 'a(f|)'], { random: () => 1 }, '-1 83ms a(f|)', { error: asking(80), values: { ...chunks, 1: slowly(1, 84) } })
    })

    it('gives up when that is longer than maxRetryAfterMs', () => {
      check(['-#', 'a(f|)'], { maxRetryAfterMs: 20 }, '-#', { error: asking(21) })
      check(['-#', 'a(f|)'], {}, '-#', { error: asking(60_001) })
      check(['-#', 'a(f|)'], { random: () => 0 }, '-1 59999ms a(f|)', { error: asking(60_000), values: { ...chunks, 1: slowly(1, 60_000) } })
    })

    it('asks again at once when it is told to', () => {
      check(['-#', '(af|)'], {}, '-(1af|)', { error: asking(0), values: { ...chunks, 1: slowly(1, 0) } })
    })
  })

  describe('after the first text', () => {
    it('fails with the error, which knows what had come', () => {
      check(['-a-b#', '-a(f|)'], {}, '-a-b#', { subscriptions: ['^---!'] })
      expect(busy.detail).toMatchObject({ textLength: 2, textTail: 'ab' })
    })

    it('starts again when told to: a reset stands right before the next attempt', () => {
      check(['-sa-b#', '-sa-b(f|)'], { afterText: 'restart' }, '-sa-b--rsa-b(f|)', { subscriptions: ['^----!', '-------^----!'] })
    })

    it('starts again as often as is allowed, silently where no text came', () => {
      check(['a#', '-#', '-a(f|)'], { afterText: 'restart' }, 'a--r2----a(f|)')
      check(['-a#', '-b#', '-a#'], { afterText: 'restart' }, '-a--rb----va#')
    })

    it('keeps the text when told to, and ends with finish partial', () => {
      check(['-a-b-#', '-a(f|)'], { afterText: 'keep' }, '-a-b-(p|)', { subscriptions: ['^----!'] })
      check(['-#', '-a-#'], { afterText: 'keep' }, '-1--a-(p|)')
      check(['-a-#'], { afterText: 'keep', maxRetries: 0 }, '-a-(p|)')
    })

    it('keeps nothing when there is no text, after a finish, or for an error of the program', () => {
      check(['-#'], { afterText: 'keep', maxRetries: 0 }, '-#')
      check(['-h-#'], { afterText: 'keep', maxRetries: 0 }, '-h-#')
      check(['-a-f-#'], { afterText: 'keep' }, '-a-f-#')
      check(['-a-#'], { afterText: 'keep' }, '-a-#', { error: new TypeError('bug') })
    })
  })

  it('makes void what a failed attempt said on other channels', () => {
    for (const afterText of ['fail', 'restart', 'keep'] as const) {
      for (const sign of ['h', 't', 'c']) check([`-${sign}-#`, '-a(f|)'], { afterText }, `-${sign}-1-ra(f|)`)
    }
  })

  it('takes the resets of the model for its own', () => {
    check(['-a-r-#', '-b(f|)'], {}, '-a-r-1--b(f|)')
  })

  it('never tries again after a finish', () => {
    for (const afterText of ['fail', 'restart'] as const) check(['-f-#', 'a(f|)'], { afterText }, '-f-#')
  })

  it('drops the attempt or the delay that is running when it is dropped', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const attempt = cold<Chunk>('-s-#', chunks, busy)
      expectObservable(attempt.pipe(retryStream(steady)), '----!').toBe('-s-1', chunks)
      expectObservable(attempt.pipe(retryStream(steady)), '-------!').toBe('-s-1--s', chunks)
      expectSubscriptions(attempt.subscriptions).toBe(['^--!', '^--!', '-----^-!'])
    })
  })

  it('makes no other attempt when the consumer has enough at the retry or the reset', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const attempt = cold<Chunk>('-s-#', chunks, busy)
      expectObservable(attempt.pipe(retryStream(steady), take(2))).toBe('-s-(1|)', chunks)
      expectSubscriptions(attempt.subscriptions).toBe(['^--!'])
      const begun = cold<Chunk>('-a-#', chunks, busy)
      const refusing = tap<Chunk>(({ type }) => { if (type === 'reset') throw refused })
      expectObservable(begun.pipe(retryStream({ ...steady, afterText: 'restart' }), refusing)).toBe('-a---#', chunks, refused)
      expectSubscriptions(begun.subscriptions).toBe(['^--!'])
    })
  })

  it('has dropped an attempt that ran out of time before the delay', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const attempts = [cold<Chunk>('-s------', chunks), cold<Chunk>('-a(f|)', chunks)]
      const error = { code: 'timeout', message: 'The model sent no text within 0.004 s' }
      const left = [...attempts]
      const answer = defer(() => left.shift() ?? NEVER).pipe(timeLimits({ firstTextMs: 4 }), retryStream(steady))
      expectObservable(answer).toBe('-s---1--a(f|)', { ...chunks, 1: retryChunk(1, 2, error) })
      expectSubscriptions(attempts[0]?.subscriptions ?? []).toBe('^----!')
      expectSubscriptions(attempts[1]?.subscriptions ?? []).toBe('-------^-!')
    })
  })

  describe('with totalMs', () => {
    it('fails the attempt that is running when time is up', () => {
      const failure = expect.objectContaining({ name: 'TimeoutError', phase: 'total', retryable: false }) as unknown
      check(['-#', '-s-----a'], { totalMs: 7 }, '-1--s--#', { failure, subscriptions: ['^!', '---^---!'] })
    })

    it('gives up at once when there is no time for the delay', () => {
      check(['--#', '-a(f|)'], { totalMs: 4 }, '--#')
    })

    it('keeps the text that had come when told to', () => {
      check(['-a-----b'], { totalMs: 5, afterText: 'keep' }, '-a---(p|)', { subscriptions: ['^----!'] })
    })
  })

  describe('with a budget', () => {
    it('takes from it for each retry, and fails with the error of the attempt when it is spent', () => {
      const budget = createRetryBudget({ capacity: 20 })
      check(['-#', '-#'], { budget }, '-1--#')
      expect(budget.left).toBe(6)
    })

    it('has back what a retry took when it comes whole, and something for each answer without one', () => {
      const budget = createRetryBudget({ capacity: 40, refund: 3 })
      budget.take(new Error('lost'))
      check(['-#', '-a-(f|)'], { budget }, '-1--a-(f|)')
      expect(budget.left).toBe(26)
      check(['-a-(f|)'], { budget }, '-a-(f|)')
      expect(budget.left).toBe(29)
    })

    it('takes nothing when it does not try again', () => {
      const budget = createRetryBudget()
      check(['-a-#'], { budget }, '-a-#')
      check(['-#'], { budget, maxRetries: 0 }, '-#')
      check(['-#'], { budget }, '-#', { error: refused })
      check(['-#'], { budget, totalMs: 2 }, '-#')
      expect(budget.left).toBe(500)
    })
  })

  it('fails with what the random function throws', () => {
    const broken = new Error('broken')
    check(['-#'], { random: () => { throw broken } }, '-#', { failure: broken })
  })

  it.each([
    { maxRetries: -1 }, { maxRetries: 1.5 }, { maxRetries: Number.NaN }, { baseDelayMs: -1 }, { maxDelayMs: Number.NaN }, { maxRetryAfterMs: -1 }, { totalMs: 0 },
  ])('refuses %o', (options) => {
    expect(() => retryStream(options)).toThrow(InvalidOptionError)
  })

  it('refuses a word for afterText that it does not know', () => {
    expect(() => retryStream({ afterText: 'continue' as 'keep' })).toThrow('Expected afterText to be fail, restart or keep, got continue')
  })

  it('passes 10,000 chunks on that come at once', async () => {
    const many = concat(range(0, 10_000).pipe(map((): Chunk => chunks.a)), of<Chunk>(chunks.f))
    expect(await lastValueFrom(many.pipe(retryStream(), toArray()))).toHaveLength(10_001)
  })

  it('tries 10,000 times what fails at once, without growing the stack', () => {
    marbles(({ expectObservable }) => {
      let calls = 0
      const failing = defer(() => (++calls <= 10_000 ? throwError(() => busy) : of<Chunk>(chunks.f)))
      const result = failing.pipe(retryStream({ maxRetries: 10_000, baseDelayMs: 0 }), toArray(), map((all) => all.length))
      expectObservable(result.pipe(map(String))).toBe('(n|)', { n: '10001' })
    })
  })

  describe('inside generateAnswer', () => {
    const query = { id: '1', question: 'Why?', messages: [] }
    const none: RetryStreamOptions = { baseDelayMs: 0 }
    const ask = async (answer: (request: CompletionRequest) => Observable<Chunk>, options: RetryStreamOptions) => {
      const attempt = pipe(timeLimits(), requireFinish(), retryStream(options))
      const got: unknown[] = []
      await lastValueFrom(of(query).pipe(generateAnswer(scriptedModel(answer), { attempt }), tap((chunk) => got.push(chunk))))
        .catch((error: unknown) => got.push(error))
      return got
    }

    it('tries a cut answer again, with the number of the attempt, and sums the usage', async () => {
      const answer = ({ attempt, onUsage }: CompletionRequest) =>
        defer(() => {
          onUsage?.(call(5, 1))
          return attempt === 1 ? of<Chunk[]>(markAt('sent', 0, 1)) : of<Chunk[]>(chunks.a, chunks.f)
        })

      const error = { code: 'truncated', message: 'The answer ended without a finish reason: it was cut' }
      expect(await ask(answer, none)).toEqual([markAt('sent', 0, 1), retryChunk(1, 0, error), chunks.a, usage(call(5, 1), call(5, 1)), chunks.f])
    })

    it('restarts a cut answer', async () => {
      const answer = ({ attempt = 1 }: CompletionRequest) => (attempt < 3 ? of<Chunk[]>(text(`${attempt}`)) : of<Chunk[]>(text('3'), chunks.f))

      const got = await ask(answer, { ...none, afterText: 'restart' })

      expect(got.map((chunk) => (chunk as Chunk).type)).toEqual(['text', 'reset', 'text', 'reset', 'text', 'usage', 'finish'])
      expect(got.filter((chunk) => (chunk as Chunk).type === 'reset')).toMatchObject([{ attempt: 2 }, { attempt: 3 }])
    })

    it('fails a cut answer with what had come, the usage first', async () => {
      const [shown, sum, error] = await ask(() => of<Chunk>(chunks.a), none)

      expect([shown, sum]).toEqual([chunks.a, usage()])
      expect(error).toBeInstanceOf(TruncatedError)
      expect(error).toMatchObject({ detail: { textLength: 1, textTail: 'a' } })
    })

    it('keeps a cut answer when told to', async () => {
      expect(await ask(() => of<Chunk>(chunks.a), { ...none, afterText: 'keep' })).toEqual([chunks.a, usage(), chunks.p])
    })
  })
})
