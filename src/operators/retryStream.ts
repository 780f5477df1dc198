import { type MonoTypeOperatorFunction, type Observable, type Subscriber, identity, pipe, timer } from 'rxjs'
import { InvalidOptionError, toErrorInfo } from '../errors.ts'
import { keepPartial } from '../internal/keepPartial.ts'
import { requireDuration } from '../internal/requireDuration.ts'
import { retryDelay } from '../internal/retryDelay.ts'
import { runningClock } from '../internal/runningClock.ts'
import { Step, Stepped } from '../internal/step.ts'
import type { RetryBudget } from '../policies/retryBudget.ts'
import type { Chunk } from '../types/chunk.ts'
import type { Gate } from '../types/gate.ts'
import { timeLimits } from './timeLimits.ts'

export interface RetryStreamOptions {
  /** Further attempts after the first. Default 2. */
  readonly maxRetries?: number
  /**
   * What a failure after visible text does. `fail`: the answer fails. `restart`: a `reset` makes the text void and another
   * attempt starts; for sinks that can take text back. `keep`: the answer ends with `finish: 'partial'`. Default `fail`.
   */
  readonly afterText?: 'fail' | 'restart' | 'keep'
  /** Shared by all requests to one service, so that its failure does not multiply them. Default: no bound but `maxRetries`. */
  readonly budget?: RetryBudget
  /** The delay before a retry is random below a bound, this one for the first retry, twice as much for each further one. Default 500. */
  readonly baseDelayMs?: number
  /** The bound grows up to here. Default 8,000. */
  readonly maxDelayMs?: number
  /** A server that asks to wait longer than this is not asked again. Default 60,000. */
  readonly maxRetryAfterMs?: number
  /** For all attempts and the delays between them. Default none. */
  readonly totalMs?: number
  /** Held by slow consumers: while it is held, `totalMs` stands still. */
  readonly gate?: Gate
  /** From 0 to below 1. Default `Math.random`. */
  readonly random?: () => number
}

/**
 * Makes another attempt when one fails and may succeed later: when the error is `retryable`.
 *
 * Before the first visible text that is silent but for a `retry` chunk; what a failed attempt said on other channels is made
 * void by a `reset`. Afterwards `afterText` decides. What the server asks for in `Retry-After` is kept, else delays have full
 * jitter. Nothing is tried again after `finish`, when the budget is spent, or when `totalMs` would pass before the attempt.
 *
 * Inside `generateAnswer`'s `attempt`, where it asks the model again and nothing else; around a pipeline it would retrieve
 * again too. The order there: `pipe(timeLimits(), requireFinish(), retryStream())`: only what fails before it is tried again.
 *
 * - Order: kept. `retry` (with the number of the attempt that failed) stands where an attempt failed before its text,
 *   `reset` (with the number of the attempt that starts) after the delay.
 * - Memory: nothing held.
 * - Drop: unsubscribing drops the attempt or the delay that is running.
 * - Errors: that of the last attempt, with the length and the end of its text; `TimeoutError` `total` after `totalMs`.
 *
 * @throws InvalidOptionError at the call, when an option cannot work.
 *
 * @example
 * generateAnswer(model, { attempt: pipe(timeLimits(), requireFinish(), retryStream({ afterText: 'restart', budget })) })
 */
export function retryStream(options: RetryStreamOptions = {}): MonoTypeOperatorFunction<Chunk> {
  const { afterText = 'fail', maxRetries = 2, baseDelayMs = 500, maxDelayMs = 8000, maxRetryAfterMs = 60_000, totalMs = Infinity, gate } = options
  if (!Number.isSafeInteger(maxRetries) || maxRetries < 0) throw new InvalidOptionError(`Expected maxRetries to be a whole number, 0 or more, got ${maxRetries}`)
  if (!['fail', 'restart', 'keep'].includes(afterText)) throw new InvalidOptionError(`Expected afterText to be fail, restart or keep, got ${afterText}`)
  for (const [name, value] of Object.entries({ baseDelayMs, maxDelayMs, maxRetryAfterMs })) requireDuration(name, value, '0 or more')
  requireDuration('totalMs', totalMs)

  const limitAll = totalMs === Infinity
    ? identity
    : timeLimits({ totalMs, firstTextMs: Infinity, nextTextMs: Infinity, ...(gate && { gate }) })
  return pipe(
    retried({ ...options, afterText, maxRetries, baseDelayMs, maxDelayMs, maxRetryAfterMs, totalMs, random: options.random ?? Math.random }),
    limitAll,
    afterText === 'keep' ? keepPartial() : identity,
  )
}

type Settings = RetryStreamOptions & Required<Omit<RetryStreamOptions, 'budget' | 'gate'>>

function retried(settings: Settings): MonoTypeOperatorFunction<Chunk> {
  const begin = (chunks: Observable<Chunk>, to: Subscriber<Chunk>) => new Attempts(chunks, settings, to).begin()
  return (chunks) => new Stepped(chunks, begin)
}

/** An attempt after the other, for one subscription. */
class Attempts {
  readonly #chunks: Observable<Chunk>
  readonly #settings: Settings
  readonly #to: Subscriber<Chunk>
  readonly #now: () => number
  readonly #startedAt: number
  #failures = 0
  #state: 'silent' | 'begun' | 'visible' | 'whole' = 'silent'
  /** After which the attempt that runs was made; undefined of the first. */
  #retriedAfter: unknown

  constructor(chunks: Observable<Chunk>, settings: Settings, to: Subscriber<Chunk>) {
    this.#chunks = chunks
    this.#settings = settings
    this.#to = to
    this.#now = runningClock(settings.gate)
    this.#startedAt = this.#now()
  }

  begin(): void {
    this.#chunks.subscribe(new Attempt(this, this.#to))
  }

  take({ type }: Chunk): void {
    switch (type) {
      case 'text':
        this.#state = 'visible'
        break
      case 'reasoning': case 'tool-call': case 'citation':
        if (this.#state === 'silent') this.#state = 'begun'
        break
      // A model that is made of several may start again by itself.
      case 'reset':
        this.#state = 'silent'
        break
      case 'finish':
        this.#state = 'whole'
        this.#settings.budget?.refund(this.#retriedAfter)
    }
  }

  fail(error: unknown): void {
    const attempt = ++this.#failures
    let delayMs: number | undefined
    try {
      delayMs = this.#delayAfter(error)
    } catch (thrown) {
      return this.#to.error(thrown)
    }
    if (delayMs === undefined) return this.#to.error(error)
    this.#retriedAfter = error
    const info = toErrorInfo(error)
    if (this.#state !== 'visible') this.#to.next({ type: 'retry', attempt, delayMs, error: info })
    // A timer of 0 is a turn of the event loop: attempts that fail at once do not pile up on the stack.
    this.#to.add(timer(delayMs).subscribe(() => {
      if (this.#state !== 'silent') this.#to.next({ type: 'reset', attempt: attempt + 1, error: info })
      this.#state = 'silent'
      if (!this.#to.closed) this.begin()
    }))
  }

  /** Undefined when there shall be no further attempt. */
  #delayAfter(error: unknown): number | undefined {
    const { afterText, maxRetries, budget, totalMs } = this.#settings
    if (this.#failures > maxRetries || this.#state === 'whole' || (this.#state === 'visible' && afterText !== 'restart')) return undefined
    const delayMs = retryDelay(error, this.#failures, this.#settings)
    if (delayMs === undefined || this.#now() + delayMs - this.#startedAt >= totalMs) return undefined
    return budget?.take(error) === false ? undefined : delayMs
  }
}

class Attempt extends Step<Chunk> {
  readonly #attempts: Attempts

  constructor(attempts: Attempts, to: Subscriber<Chunk>) {
    super(to)
    this.#attempts = attempts
  }

  protected override _next(chunk: Chunk): void {
    this.#attempts.take(chunk)
    this.to.next(chunk)
  }

  protected override _error(error: unknown): void {
    // What the attempt held is free before the next one is thought of.
    try {
      this.unsubscribe()
    } finally {
      this.#attempts.fail(error)
    }
  }
}
