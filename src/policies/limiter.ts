import { Observable, type SchedulerLike, type Subscription, asyncScheduler, timer } from 'rxjs'
import { InvalidOptionError, OverflowError, ProviderError } from '../errors.ts'
import { requirePositiveInteger } from '../internal/requirePositiveInteger.ts'
import { steadyClock } from '../internal/steadyClock.ts'
import { WatchedFailure } from '../internal/watchedFailure.ts'
import type { RateLimits } from './rateLimits.ts'
import { createRateWindow } from './rateWindow.ts'
import { createServerLimit } from './serverLimit.ts'

export interface LimiterOptions {
  /** Requests in flight at once. Default: not bounded. */
  readonly concurrency?: number
  /** Requests sent in any minute. Default: not bounded. */
  readonly requestsPerMinute?: number
  /** Tokens in any minute, of prompts and answers together. Default: not bounded. */
  readonly tokensPerMinute?: number
  /** Requests that may wait; further ones fail with `OverflowError`. Default 100,000. */
  readonly maxWaiting?: number
  /** Gives time and timers. Default: `asyncScheduler`. */
  readonly scheduler?: SchedulerLike
}

/** What a request that was let through tells back. */
export interface Place {
  /** Replaces the tokens that were reserved by those that were used; may be called again when more is known. */
  correct(tokens: number): void
  /** What the service said of its own limits: nobody is let through beyond them. */
  tell(limits: RateLimits): void
}

/** Lets work through within the limits of a service. Shared by all who use that service: models, embedders, your own. */
export interface Limiter {
  readonly tokensPerMinute?: number
  /** Requests that were let through and have not ended. */
  readonly running: number
  readonly waiting: number
  /**
   * Waits for a place, then runs the work; `tokens` is what it will use, or a guess that the place corrects.
   * Cold: unsubscribing gives the place back, or the place in the queue.
   */
  limit<T>(tokens: number, work: (place: Place) => Observable<T>): Observable<T>
}

/** A server that asks for more gets its answer from the retry policy, not from a silent queue. */
const maxRestMs = 60_000

interface Waiter {
  readonly tokens: number
  readonly start: () => void
}

/**
 * One queue for a service, first come, first served. Everything waits behind the first, so no large request is passed over
 * for ever; what is then left unused is less than the largest request. One above `tokensPerMinute` fails at once with
 * `OverflowError`, and is in nobody's way.
 *
 * Memory: what waits, at most `maxWaiting`, and an entry for each request of the last minute.
 *
 * @throws InvalidOptionError at the call, when no limit is given or one is not a positive integer.
 *
 * @example
 * const limiter = createLimiter({ requestsPerMinute: 500, tokensPerMinute: 200_000 })
 * const model = limited(openai({ model, apiKey }), { limiter })
 */
export function createLimiter(options: LimiterOptions): Limiter {
  const { concurrency, requestsPerMinute, tokensPerMinute, maxWaiting = 100_000, scheduler = asyncScheduler } = options
  const limits = Object.entries({ concurrency, requestsPerMinute, tokensPerMinute, maxWaiting })
  for (const [name, value] of limits) if (value !== undefined) requirePositiveInteger(name, value)
  if (concurrency === undefined && requestsPerMinute === undefined && tokensPerMinute === undefined) {
    throw new InvalidOptionError('Expected a limit: concurrency, requestsPerMinute or tokensPerMinute')
  }
  const now = steadyClock(scheduler)
  const window = createRateWindow(requestsPerMinute ?? Infinity, tokensPerMinute ?? Infinity)
  const server = { requests: createServerLimit(), tokens: createServerLimit() }
  const waiting = new Set<Waiter>()
  /** Tokens of the requests in flight whose service has not yet told its limits, in the order in which they were sent. */
  const untold = new Map<Place, number>()
  let running = 0
  /** Until when the service asked to be left alone. */
  let restUntil = 0
  let wake: Subscription | undefined
  let pumping = false

  const waitMs = (tokens: number) => {
    const at = now()
    return Math.max(restUntil - at, window.waitMs(tokens, at), server.requests.waitMs(1, at), server.tokens.waitMs(tokens, at))
  }
  /** A loop, not a recursion: the work may end at once. */
  const pump = () => {
    if (pumping) return
    if (waiting.size === 0 && wake === undefined) return
    pumping = true
    wake?.unsubscribe()
    wake = undefined
    for (const waiter of waiting) {
      if (running >= (concurrency ?? Infinity)) break
      const wait = waitMs(waiter.tokens)
      if (wait > 0) {
        wake = timer(wait, scheduler).subscribe(pump)
        break
      }
      waiting.delete(waiter)
      waiter.start()
    }
    pumping = false
  }
  const rest = (forMs: number) => {
    restUntil = Math.max(restUntil, now() + Math.min(forMs, maxRestMs))
  }
  const watch = (error: unknown) => {
    if (error instanceof ProviderError && error.status === 429) rest(error.retryAfterMs ?? 0)
  }
  const tell = (place: Place, { requests, tokens }: RateLimits) => {
    // A younger request has been answered already: that answer is the better one.
    if (!untold.has(place)) return
    for (const older of untold.keys()) {
      untold.delete(older)
      if (older === place) break
    }
    const unseenTokens = [...untold.values()].reduce((sum, count) => sum + count, 0)
    if (requests) server.requests.told(requests, untold.size, now())
    if (tokens) server.tokens.told(tokens, unseenTokens, now())
    pump()
  }
  const enter = (tokens: number): { readonly place: Place; readonly leave: () => void } => {
    running++
    const spent = window.spend(tokens, now())
    server.requests.spend(1)
    server.tokens.spend(tokens)
    let charged = tokens
    const place: Place = {
      correct(used) {
        window.correct(spent, used - charged, now())
        charged = used
        pump()
      },
      tell: (limits) => tell(place, limits),
    }
    untold.set(place, tokens)
    const leave = () => {
      running--
      untold.delete(place)
      pump()
    }
    return { place, leave }
  }

  return {
    ...(tokensPerMinute !== undefined && { tokensPerMinute }),
    get running() {
      return running
    },
    get waiting() {
      return waiting.size
    },
    limit: <T>(tokens: number, work: (place: Place) => Observable<T>) =>
      new Observable<T>((subscriber) => {
        if (tokensPerMinute !== undefined && tokens > tokensPerMinute) return subscriber.error(tooLarge(tokens, tokensPerMinute))
        if (waiting.size >= maxWaiting) return subscriber.error(new OverflowError(`Expected at most ${maxWaiting} requests to wait for their turn`, maxWaiting, 'requests'))
        const start = () => {
          const { place, leave } = enter(tokens)
          const watched = new WatchedFailure(watch, subscriber)
          // The call may throw, and so may a teardown of work that ends at once: the place is given back, and the others start, all the same.
          try {
            work(place).subscribe(watched)
          } catch (error) {
            watched.error(error)
          }
          // After the work's own teardown: the place is free when the socket is.
          subscriber.add(leave)
        }
        // Most need not wait, and pay for no place in the queue.
        if (!pumping && waiting.size === 0 && running < (concurrency ?? Infinity) && waitMs(tokens) <= 0) {
          pumping = true
          start()
          pumping = false
          return pump()
        }
        const waiter: Waiter = { tokens, start }
        subscriber.add(() => {
          if (waiting.delete(waiter)) pump()
        })
        waiting.add(waiter)
        // Behind others there is nothing to do: they are waited for already.
        if (waiting.size === 1) pump()
      }),
  }
}

function tooLarge(tokens: number, tokensPerMinute: number): OverflowError {
  const why = `Expected a request of at most ${tokensPerMinute} tokens (tokensPerMinute), got one of ${tokens}: it could never be sent`
  return new OverflowError(`${why}. Lower maxOutputTokens, or give it fewer passages`, tokensPerMinute, 'tokens')
}
