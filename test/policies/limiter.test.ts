import fc from 'fast-check'
import { NEVER, Observable, Subject, VirtualTimeScheduler, defer, lastValueFrom, map, mergeMap, of, range, take, throwError, timer, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { InvalidOptionError, OverflowError, ProviderError } from '../../src/errors.ts'
import { createLimiter, type LimiterOptions, type Place } from '../../src/policies/limiter.ts'
import { marbles } from '../support/marbles.ts'

interface Sent {
  readonly at: number
  readonly tokens: number
}

/** The most that was sent in any window that begins with a request. */
function mostInAnyMinute(log: readonly Sent[], weight: (sent: Sent) => number): number {
  let most = 0
  let sum = 0
  let end = 0
  log.forEach((first, index) => {
    for (; end < log.length && (log[end]?.at ?? 0) < first.at + 60_000; end++) sum += weight(log[end] ?? first)
    most = Math.max(most, sum)
    sum -= weight(log[index] ?? first)
  })
  return most
}

/** Sends everything through one limiter in virtual time. */
function sendAll(sizes: readonly number[], options: LimiterOptions, lasts: (index: number) => number = () => 0): Sent[] {
  const scheduler = new VirtualTimeScheduler()
  const limiter = createLimiter({ ...options, scheduler })
  const log: Sent[] = []
  sizes.forEach((tokens, index) => {
    const work = defer(() => {
      log.push({ at: scheduler.now(), tokens })
      return timer(lasts(index), scheduler)
    })
    limiter.limit(tokens, () => work).subscribe()
  })
  scheduler.flush()
  expect([limiter.running, limiter.waiting]).toEqual([0, 0])
  return log
}

const isPlace = (place: Place | undefined): Place => {
  if (!place) throw new Error('Expected the work to have begun')
  return place
}

describe('createLimiter', () => {
  it('lets through at once what fits', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const work = cold('            -a-(b|)')
      const limiter = createLimiter({ concurrency: 2, requestsPerMinute: 2, tokensPerMinute: 10 })

      expectObservable(limiter.limit(10, () => work)).toBe('-a-(b|)')
      expectSubscriptions(work.subscriptions).toBe('^--!   ')
    })
  })

  it('keeps at most `concurrency` in flight, in the order of arrival', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const work = cold('                    ------(a|)         ')
      const limiter = createLimiter({ concurrency: 2 })
      const result = of(1, 2, 3).pipe(mergeMap(() => limiter.limit(1, () => work)))

      expectObservable(result).toBe('        ------(aa)--(a|)     ')
      expectSubscriptions(work.subscriptions).toBe(['^-----!', '^-----!', '------^-----!'])
    })
  })

  it('frees the place of a request that is dropped while it waits, and of one that runs', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const [first, second, third] = [cold('-'), cold('-'), cold('-')]
      const limiter = createLimiter({ concurrency: 1 })

      expectObservable(limiter.limit(1, () => first), '   ^----!     ')
      expectObservable(limiter.limit(1, () => second), '  ^--!       ')
      expectObservable(limiter.limit(1, () => third), '   ^-------!  ')

      expectSubscriptions(first.subscriptions).toBe('    ^----!     ')
      expectSubscriptions(second.subscriptions).toBe([])
      expectSubscriptions(third.subscriptions).toBe('    -----^--!  ')
    })
  })

  it('frees the place of work that fails, with its own error', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const failing = cold('-#')
      const next = cold('    a|')
      const limiter = createLimiter({ concurrency: 1 })

      expectObservable(limiter.limit(1, () => failing)).toBe('-#')
      expectObservable(limiter.limit(1, () => next)).toBe('   -a|')
      expectSubscriptions(next.subscriptions).toBe('          -^!')
    })
  })

  it('passes on what is thrown where the work is made', () => {
    const limiter = createLimiter({ concurrency: 1 })
    const broken = limiter.limit(1, () => {
      throw new Error('broken')
    })

    return expect(lastValueFrom(broken)).rejects.toThrow('broken').then(() => expect(limiter.running).toBe(0))
  })

  it('waits for work that never ends, holding one place', () => {
    const limiter = createLimiter({ concurrency: 1 })
    const [running, waiting] = [limiter.limit(1, () => NEVER).subscribe(), limiter.limit(1, () => NEVER).subscribe()]

    expect([limiter.running, limiter.waiting]).toEqual([1, 1])
    waiting.unsubscribe()
    expect([limiter.running, limiter.waiting]).toEqual([1, 0])
    running.unsubscribe()
    expect([limiter.running, limiter.waiting]).toEqual([0, 0])
  })

  it('ends synchronous work without an end when the consumer has enough', async () => {
    const limiter = createLimiter({ concurrency: 1 })
    const endless = new Observable<number>((subscriber) => {
      for (let value = 0; !subscriber.closed; value++) subscriber.next(value)
    })

    expect(await lastValueFrom(limiter.limit(1, () => endless).pipe(take(3), toArray()))).toEqual([0, 1, 2])
    expect(limiter.running).toBe(0)
  })

  it('takes 10,000 pieces of synchronous work', async () => {
    const limiter = createLimiter({ concurrency: 1 })
    const work = range(0, 10_000).pipe(mergeMap((value) => limiter.limit(1, () => of(value))), toArray())

    expect(await lastValueFrom(work)).toHaveLength(10_000)
    expect(limiter.running).toBe(0)
  })

  it('starts 10,000 that waited, in order and without growing the stack', () => {
    const limiter = createLimiter({ concurrency: 1 })
    const gate = new Subject<void>()
    const seen: number[] = []
    limiter.limit(1, () => gate).subscribe()
    for (let value = 0; value < 10_000; value++) limiter.limit(1, () => of(value)).subscribe((ended) => seen.push(ended))

    gate.complete()

    expect(seen).toEqual(Array.from({ length: 10_000 }, (_, index) => index))
  })

  it('refuses at once what could never be sent, and says why; those behind it are not kept', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const work = cold('a|')
      const limiter = createLimiter({ tokensPerMinute: 100 })
      const message = 'Expected a request of at most 100 tokens (tokensPerMinute), got one of 101: it could never be sent. ' +
        'Lower maxOutputTokens, or give it fewer passages'

      expectObservable(limiter.limit(101, () => work)).toBe('#', {}, new OverflowError(message, 100, 'tokens'))
      expectObservable(limiter.limit(100, () => work)).toBe('a|')
      expectSubscriptions(work.subscriptions).toBe(['^!'])
    })
  })

  it('refuses what comes when the queue is full', () => {
    const limiter = createLimiter({ concurrency: 1, maxWaiting: 1 })
    limiter.limit(1, () => NEVER).subscribe()
    limiter.limit(1, () => NEVER).subscribe()

    return expect(lastValueFrom(limiter.limit(1, () => NEVER))).rejects.toBeInstanceOf(OverflowError)
  })

  it.each([{}, { concurrency: 0 }, { requestsPerMinute: 1.5 }, { tokensPerMinute: -1 }, { concurrency: Number.NaN }, { concurrency: 1, maxWaiting: 0 }])(
    'refuses %j as limits',
    (options) => {
      expect(() => createLimiter(options)).toThrow(InvalidOptionError)
    },
  )

  describe('its minute', () => {
    it('is never over the limit and at least 97 % used while requests of known size wait', () => {
      const sizes = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 2000, maxLength: 3000 })
      fc.assert(
        fc.property(sizes, fc.integer({ min: 0, max: 20_000 }), (tokens, lasts) => {
          const log = sendAll(tokens, { tokensPerMinute: 1000 }, (index) => (index * lasts) % 30_000)

          expect(log.map((sent) => sent.tokens)).toEqual(tokens)
          expect(mostInAnyMinute(log, (sent) => sent.tokens)).toBeLessThanOrEqual(1000)
          const first = log[0]?.at ?? 0
          const minutes = ((log.at(-1)?.at ?? 0) - first) / 60_000
          const used = log.reduce((sum, sent) => sum + (sent.at < first + minutes * 60_000 ? sent.tokens : 0), 0)
          expect(used / (1000 * minutes)).toBeGreaterThanOrEqual(0.97)
        }),
        { numRuns: 30 },
      )
    })

    it('counts requests as well as tokens', () => {
      fc.assert(
        fc.property(fc.array(fc.integer({ min: 1, max: 500 }), { maxLength: 300 }), fc.integer({ min: 1, max: 40 }), (tokens, requestsPerMinute) => {
          const log = sendAll(tokens, { requestsPerMinute, tokensPerMinute: 500 })

          expect(log.map((sent) => sent.tokens)).toEqual(tokens)
          expect(mostInAnyMinute(log, () => 1)).toBeLessThanOrEqual(requestsPerMinute)
          expect(mostInAnyMinute(log, (sent) => sent.tokens)).toBeLessThanOrEqual(500)
        }),
        { numRuns: 50 },
      )
    })

    it('lets no small request past a large one that waits', () => {
      expect(sendAll([60, 100, 1, 1], { tokensPerMinute: 100 }).map((sent) => sent.tokens)).toEqual([60, 100, 1, 1])
    })

    it('sends a large request as soon as it fits, however many small ones come after it', () => {
      const log = sendAll([60, 100, ...Array.from({ length: 500 }, () => 1)], { tokensPerMinute: 100 })
      const large = log.find((sent) => sent.tokens === 100)

      // When the first has left the minute, not later.
      expect(large?.at).toBeLessThan(61_000)
    })

    it('is a minute and a little, so that a burst that reaches the server sooner than the last is not refused', () => {
      const [first, second] = sendAll([1, 1], { requestsPerMinute: 1 })

      expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThan(60_000)
      expect((second?.at ?? 0) - (first?.at ?? 0)).toBeLessThan(60_000 * 1.01)
    })

    it('goes on when the clock is set back', () => {
      const scheduler = new VirtualTimeScheduler()
      let setBy = 0
      const moved = Object.create(scheduler, { now: { value: () => scheduler.frame + setBy } }) as VirtualTimeScheduler
      const limiter = createLimiter({ requestsPerMinute: 1, scheduler: moved })
      const at: number[] = []
      const send = () => limiter.limit(1, () => of(1)).subscribe(() => at.push(scheduler.frame))
      send()
      setBy = -3_600_000
      send()
      scheduler.flush()

      expect(at).toHaveLength(2)
      expect(at[1]).toBeLessThan(61_000)
    })
  })

  describe('a correction', () => {
    it('frees at once what was reserved and not used', () => {
      marbles(({ cold, expectObservable }) => {
        const limiter = createLimiter({ tokensPerMinute: 100 })
        const first = limiter.limit(100, (place) => cold('--a|').pipe(map((value) => {
          place.correct(40)
          return value
        })))

        expectObservable(first).toBe('--a|')
        expectObservable(limiter.limit(60, () => cold('b|'))).toBe('--b|')
      })
    })

    it('keeps others waiting when more was used than reserved, however often it is told', () => {
      const scheduler = new VirtualTimeScheduler()
      const limiter = createLimiter({ tokensPerMinute: 100, scheduler })
      let place: Place | undefined
      limiter.limit(10, (given) => {
        place = given
        return of(1)
      }).subscribe()
      isPlace(place).correct(50)
      isPlace(place).correct(90)
      const at: number[] = []
      for (const tokens of [10, 1]) limiter.limit(tokens, () => of(tokens)).subscribe(() => at.push(scheduler.now()))
      scheduler.flush()

      expect(at[0]).toBe(0)
      expect(at[1]).toBeGreaterThanOrEqual(60_000)
      expect(at[1]).toBeLessThan(61_000)
    })

    it('of a request that has left the minute changes nothing but what it used in excess', () => {
      const scheduler = new VirtualTimeScheduler()
      const limiter = createLimiter({ tokensPerMinute: 100, scheduler })
      const places: Place[] = []
      for (const tokens of [50, 50]) limiter.limit(tokens, (place) => {
        places.push(place)
        return timer(70_000, scheduler)
      }).subscribe()
      const at: number[] = []
      timer(65_000, scheduler).subscribe(() => {
        places[0]?.correct(0)
        places[1]?.correct(110)
        limiter.limit(100, () => of(1)).subscribe(() => at.push(scheduler.now()))
      })
      scheduler.flush()

      // 60 in excess are counted from 65 s on.
      expect(at[0]).toBeGreaterThanOrEqual(125_000)
      expect(at[0]).toBeLessThan(126_000)
    })
  })

  describe('what the service tells', () => {
    const told = (limits: Parameters<Place['tell']>[0], options: LimiterOptions = { concurrency: 100 }) => {
      const scheduler = new VirtualTimeScheduler()
      const limiter = createLimiter({ ...options, scheduler })
      let place: Place | undefined
      limiter.limit(1, (given) => {
        place = given
        return of(1)
      }).subscribe()
      // Told while it runs, as the headers of a response are.
      limiter.limit(1, (given) => {
        place = given
        return timer(1, scheduler)
      }).subscribe()
      isPlace(place).tell(limits)
      const at: number[] = []
      for (let index = 0; index < 4; index++) limiter.limit(1, () => of(1)).subscribe(() => at.push(scheduler.now()))
      scheduler.flush()
      return at
    }

    it('lets no more through than is left, until it is full again', () => {
      expect(told({ requests: { remaining: 2, resetMs: 5000, refillPerMs: 0 } })).toEqual([0, 0, 5000, 5000])
    })

    it('counts with what comes back steadily', () => {
      expect(told({ requests: { remaining: 1, resetMs: 60_000, refillPerMs: 1 / 1000 } })).toEqual([0, 1000, 2000, 3000])
    })

    it('holds tokens as well', () => {
      expect(told({ tokens: { remaining: 3, resetMs: 7000, refillPerMs: 0 } }, { tokensPerMinute: 100 })).toEqual([0, 0, 0, 7000])
    })

    it('holds nobody for longer than a minute: limits may be those of a day', () => {
      expect(told({ requests: { remaining: 0, resetMs: 80_000_000, refillPerMs: 0 } })).toEqual([60_000, 60_000, 60_000, 60_000])
    })

    it('takes off what was sent since and may not have been counted', () => {
      const scheduler = new VirtualTimeScheduler()
      const limiter = createLimiter({ concurrency: 100, scheduler })
      const places: Place[] = []
      const send = () => limiter.limit(1, (place) => {
        places.push(place)
        return timer(10_000, scheduler)
      }).subscribe()
      for (let index = 0; index < 3; index++) send()
      places[0]?.tell({ requests: { remaining: 3, resetMs: 5000, refillPerMs: 0 } })
      send()
      send()

      expect([limiter.running, limiter.waiting]).toEqual([4, 1])
    })

    it('does not count when a younger request has been told already', () => {
      const limiter = createLimiter({ concurrency: 100 })
      const places: Place[] = []
      const send = () => limiter.limit(1, (place) => {
        places.push(place)
        return NEVER
      }).subscribe()
      send()
      send()
      places[1]?.tell({ requests: { remaining: 10, resetMs: 5000, refillPerMs: 0 } })
      places[0]?.tell({ requests: { remaining: 0, resetMs: 5000, refillPerMs: 0 } })
      send()

      expect([limiter.running, limiter.waiting]).toEqual([3, 0])
    })

    it.each([
      ['rests when it asks for that with 429', 429, 3000, 3000],
      ['rests a minute at most', 429, 3_600_000, 60_000],
      ['does not rest for other errors', 503, 3000, 0],
    ])('%s', (_, status, retryAfterMs, expected) => {
      const scheduler = new VirtualTimeScheduler()
      const limiter = createLimiter({ concurrency: 1, scheduler })
      limiter.limit(1, () => throwError(() => new ProviderError('refused', 'no', { status, retryAfterMs }))).subscribe({ error: () => undefined })
      const at: number[] = []
      limiter.limit(1, () => of(1)).subscribe(() => at.push(scheduler.now()))
      scheduler.flush()

      expect(at).toEqual([expected])
    })
  })

  it('leaves no timer behind when all who waited have gone', () => {
    const scheduler = new VirtualTimeScheduler()
    const limiter = createLimiter({ requestsPerMinute: 1, scheduler })
    limiter.limit(1, () => of(1)).subscribe()
    const waiting = Array.from({ length: 100 }, () => limiter.limit(1, () => of(1)).subscribe())
    for (const one of waiting) one.unsubscribe()
    scheduler.flush()

    expect(scheduler.frame).toBe(0)
    expect([limiter.running, limiter.waiting]).toEqual([0, 0])
  })
})

describe('a limiter whose work ends at once and throws as it is cleaned up', () => {
  const untidy = new Observable<number>((subscriber) => {
    subscriber.next(1)
    subscriber.complete()
    return () => {
      throw new Error('teardown')
    }
  })

  it.each(['at once', 'from the queue'])('gives its place back: started %s', async (when) => {
    const limiter = createLimiter({ concurrency: 1 })
    const before = new Subject<number>()
    if (when === 'from the queue') limiter.limit(1, () => before).subscribe()
    const got: number[] = []
    limiter.limit(1, () => untidy).subscribe((value) => got.push(value))
    before.complete()

    expect(got).toEqual([1])
    expect([limiter.running, limiter.waiting]).toEqual([0, 0])
    expect(await lastValueFrom(limiter.limit(1, () => of(2)))).toBe(2)
  })
})
