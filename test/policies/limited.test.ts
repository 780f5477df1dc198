import { EMPTY, NEVER, type Observable, VirtualTimeScheduler, concat, defer, ignoreElements, lastValueFrom, of, timer, toArray } from 'rxjs'
import { afterEach, describe, expect, it } from 'vitest'
import { InvalidOptionError, OverflowError, ProviderError } from '../../src/errors.ts'
import { openai } from '../../src/openai.ts'
import { limited } from '../../src/policies/limited.ts'
import { limitedEmbedder } from '../../src/policies/limitedEmbedder.ts'
import { createLimiter } from '../../src/policies/limiter.ts'
import type { RateLimitedRequest, RateLimits } from '../../src/policies/rateLimits.ts'
import { type Simulator, startSimulator } from '../../src/simulator.ts'
import type { Chunk, ModelCall } from '../../src/types/chunk.ts'
import type { CompletionRequest } from '../../src/types/completion.ts'
import type { Embedder, Tokenizer } from '../../src/types/ports.ts'
import { call, finish, text } from '../support/chunks.ts'
import { marbles } from '../support/marbles.ts'
import { reporting, scriptedModel } from '../support/scriptedModel.ts'
import { until } from '../wire/until.ts'

const messages = [{ role: 'user', content: 'How many?' }] as const
/** Every prompt is 96 tokens, with the 4 around its one message 100. */
const tokenizer: Tokenizer = { id: 'fixed', exact: true, count: () => 96 }

const started: Simulator[] = []
afterEach(async () => {
  await Promise.all(started.splice(0).map((simulator) => simulator.close()))
})

describe('limited', () => {
  it('keeps the requests of all subscribers within the limit, and passes chunks on as they come', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const values = { a: text('fine'), f: finish() }
      const answer = cold('-a-(f|)', values)
      const model = limited(scriptedModel(() => answer), { concurrency: 1 })

      expectObservable(model.stream({ messages })).toBe('-a-(f|)', values)
      expectObservable(model.stream({ messages })).toBe('----a-(f|)', values)
      expectSubscriptions(answer.subscriptions).toBe(['^--!', '---^--!'])
    })
  })

  it('frees the place of an answer that is dropped, running or waiting', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const answer = cold<Chunk>('-')
      const limiter = createLimiter({ concurrency: 1 })
      const model = limited(scriptedModel(() => answer), { limiter })

      expectObservable(model.stream({ messages }), '^--!')
      expectObservable(model.stream({ messages }), '^-!')
      expectObservable(model.stream({ messages }), '^-----!')
      expectSubscriptions(answer.subscriptions).toBe(['^--!', '---^--!'])
    })
  })

  it('does not ask the model for an answer that is dropped while it waits', () => {
    let asked = 0
    const model = limited(scriptedModel(() => {
      asked++
      return NEVER
    }), { concurrency: 1 })
    const subscriptions = [model.stream({ messages }).subscribe(), model.stream({ messages }).subscribe()]
    subscriptions[1]?.unsubscribe()
    subscriptions[0]?.unsubscribe()

    expect(asked).toBe(1)
  })

  /** When each of so many requests was sent, in virtual time. */
  const sentAt = (count: number, tokensPerMinute: number, outputTokens: (index: number) => number, request: Partial<CompletionRequest> = {}, lasts = 1000) => {
    const scheduler = new VirtualTimeScheduler()
    const times: number[] = []
    let calls = 0
    const answer = (asked: CompletionRequest): Observable<Chunk> =>
      defer(() => {
        times.push(scheduler.now())
        return reporting(concat(timer(lasts, scheduler).pipe(ignoreElements()), of(finish())), asked, call(100, outputTokens(calls++)))
      })
    const model = limited(scriptedModel(answer), { tokensPerMinute, tokenizer, expectedOutputTokens: 100, scheduler })
    for (let index = 0; index < count; index++) model.stream({ messages, ...request }).subscribe()
    scheduler.flush()
    return times
  }

  it('reserves the prompt and `maxOutputTokens`, and frees what was not used when the answer ends', () => {
    // 100 + 300 fit twice into 1000; each turns out to be 150, which leaves room for one after two, for another after three.
    expect(sentAt(4, 1000, () => 50, { maxOutputTokens: 300 })).toEqual([0, 0, 1000, 2000])
  })

  it('learns from the answers how much to reserve without `maxOutputTokens`', () => {
    const times = sentAt(7, 1000, () => 400)

    // Five of 200 at first; they take 2500, so that a minute must pass; after that two of 500 go at once, not five.
    expect(times.filter((at) => at === 0)).toHaveLength(5)
    expect(times.filter((at) => at > 60_000)).toHaveLength(2)
  })

  it('is at most 1 % over a limit, once it knows the answers', () => {
    const outputs = Array.from({ length: 400 }, (_, index) => 80 + ((index * 37) % 41))
    const times = sentAt(400, 5000, (index) => outputs[index] ?? 0, {}, 10)
    const minutes = times.map((from) => times.reduce((sum, at, index) => (at >= from && at < from + 60_000 ? sum + 100 + (outputs[index] ?? 0) : sum), 0))

    expect(Math.max(...minutes)).toBeLessThanOrEqual(5000 * 1.01)
    expect(minutes[0]).toBeGreaterThanOrEqual(5000 * 0.95)
  })

  it('never lets a guess make a request too large', () => {
    expect(sentAt(1, 150, () => 10)).toEqual([0])
    expect(sentAt(1, 100, () => 10)).toEqual([0])
  })

  it('refuses at once what is larger than `tokensPerMinute`, and says why; the next one goes on', async () => {
    const model = limited(scriptedModel(() => of(text('fine'), finish())), { tokensPerMinute: 1000, tokenizer })

    await expect(lastValueFrom(model.stream({ messages, maxOutputTokens: 901 }))).rejects.toThrow(
      new OverflowError(
        'Expected a request of at most 1000 tokens (tokensPerMinute), got one of 1001: it could never be sent. Lower maxOutputTokens, or give it fewer passages',
        1000,
        'tokens',
      ),
    )
    expect(await lastValueFrom(model.stream({ messages, maxOutputTokens: 900 }))).toEqual(finish())
  })

  it('passes the usage on, once for each call', async () => {
    const calls: ModelCall[] = []
    const model = limited(scriptedModel((request) => reporting(of(finish()), request, call(7, 3))), { tokensPerMinute: 100_000 })
    await lastValueFrom(model.stream({ messages, onUsage: (one) => calls.push(one) }))

    expect(calls).toEqual([call(7, 3)])
  })

  it('passes on what the service tells of its limits, and keeps to it', () => {
    const scheduler = new VirtualTimeScheduler()
    const limits: RateLimits = { requests: { remaining: 1, resetMs: 2000, refillPerMs: 0 } }
    const told: RateLimits[] = []
    const times: number[] = []
    const model = limited(
      scriptedModel((request: RateLimitedRequest) => {
        times.push(scheduler.now())
        if (times.length === 1) request.onLimits?.(limits)
        return of(finish())
      }),
      { requestsPerMinute: 100, scheduler },
    )
    for (let index = 0; index < 4; index++) {
      const request: RateLimitedRequest = { messages, onLimits: (one) => told.push(one) }
      model.stream(request).subscribe()
    }
    scheduler.flush()

    expect(times).toEqual([0, 0, 2000, 2000])
    expect(told).toEqual([limits])
  })

  it('shares a limiter with other models and with embedders', () => {
    const limiter = createLimiter({ concurrency: 1 })
    const asked: string[] = []
    const noting = (name: string) => scriptedModel(() => {
      asked.push(name)
      return NEVER
    })
    const embedder: Embedder = {
      id: 'e',
      embed: () => {
        asked.push('embedder')
        return NEVER
      },
    }
    const running = [
      limited(noting('a'), { limiter }).stream({ messages }).subscribe(),
      limitedEmbedder(embedder, { limiter }).embed(['x']).subscribe(),
      limited(noting('b'), { limiter }).stream({ messages }).subscribe(),
    ]

    expect(asked).toEqual(['a'])
    running[0]?.unsubscribe()
    expect(asked).toEqual(['a', 'embedder'])
    running[1]?.unsubscribe()
    expect(asked).toEqual(['a', 'embedder', 'b'])
    running[2]?.unsubscribe()
    expect([limiter.running, limiter.waiting]).toEqual([0, 0])
  })

  it('fails with an error of the tokenizer in its own stream', () => {
    const broken: Tokenizer = { ...tokenizer, count: () => {
      throw new Error('no tables')
    } }
    const model = limited(scriptedModel(() => EMPTY), { tokensPerMinute: 100, tokenizer: broken })

    return expect(lastValueFrom(model.stream({ messages }))).rejects.toThrow('no tables')
  })

  it('refuses limits that cannot work, none at all, and limits beside a limiter', () => {
    const model = scriptedModel(() => EMPTY)
    const limiter = createLimiter({ concurrency: 1 })

    for (const options of [{}, { concurrency: 0 }, { tokensPerMinute: 0.5 }, { concurrency: 1, expectedOutputTokens: 0 }, { limiter, concurrency: 2 }]) {
      expect(() => limited(model, options)).toThrow(InvalidOptionError)
    }
  })

  it('keeps what the model says of itself', () => {
    const model = limited({ ...scriptedModel(() => EMPTY), contextTokens: 8000 }, { concurrency: 1 })

    expect([model.id, model.contextTokens]).toEqual(['scripted', 8000])
  })
})

describe('limited over a real socket', () => {
  it('reads the limits from the headers, and holds the queue', async () => {
    const headers = { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '59s' }
    const server = await startSimulator({ script: { text: 'fine', headers } })
    started.push(server)
    const limiter = createLimiter({ concurrency: 10 })
    const model = limited(openai({ model: 'm', baseUrl: server.url }), { limiter })

    await lastValueFrom(model.stream({ messages }))
    const waiting = model.stream({ messages }).subscribe()
    expect([limiter.running, limiter.waiting]).toEqual([0, 1])
    waiting.unsubscribe()
    expect([limiter.running, limiter.waiting]).toEqual([0, 0])
  })

  it('reads them from a refusal too, and does not read them for those who do not ask', async () => {
    const headers = { 'x-ratelimit-limit-tokens': '100', 'x-ratelimit-remaining-tokens': '40', 'x-ratelimit-reset-tokens': '1m0s' }
    const server = await startSimulator({ script: { fault: { type: 'status', status: 429, headers } } })
    started.push(server)
    const told: RateLimits[] = []
    const request: RateLimitedRequest = { messages, onLimits: (limits) => told.push(limits) }
    const model = openai({ model: 'm', baseUrl: server.url })

    await expect(lastValueFrom(model.stream(request).pipe(toArray()))).rejects.toBeInstanceOf(ProviderError)
    expect(told).toEqual([{ tokens: { remaining: 40, resetMs: 60_000, refillPerMs: 0.001 } }])
  })

  it('closes the socket of a dropped answer, and gives its place to the next one', async () => {
    const server = await startSimulator({ script: [{ text: 'one two three', fault: { type: 'stall', afterEvents: 2 } }, { text: 'fine' }] })
    started.push(server)
    const limiter = createLimiter({ concurrency: 1 })
    const model = limited(openai({ model: 'm', baseUrl: server.url }), { limiter })
    const first = new Promise<void>((resolve) => {
      const running = model.stream({ messages }).subscribe((chunk) => {
        if (chunk.type !== 'text') return
        running.unsubscribe()
        resolve()
      })
    })
    const second = lastValueFrom(model.stream({ messages }).pipe(toArray()))
    await first

    expect((await second).at(-1)).toEqual(finish())
    await until(() => server.record.requests[0]?.end !== undefined)
    expect(server.record.requests[0]?.end?.by).toBe('client')
    expect([limiter.running, limiter.waiting]).toEqual([0, 0])
  })
})

describe('limitedEmbedder', () => {
  it('keeps what the embedder says of itself, and counts the texts', async () => {
    const limiter = createLimiter({ tokensPerMinute: 200 })
    const embedder: Embedder = { id: 'e', dimensions: 3, maxBatchSize: 7, maxBatchTokens: 99, embed: (texts) => of(texts.map(() => new Float32Array(3))) }
    const within = limitedEmbedder(embedder, { limiter, tokenizer })

    expect([within.id, within.dimensions, within.maxBatchSize, within.maxBatchTokens]).toEqual(['e', 3, 7, 99])
    expect(await lastValueFrom(within.embed(['a', 'b']))).toHaveLength(2)
    await expect(lastValueFrom(within.embed(['a', 'b', 'c']))).rejects.toBeInstanceOf(OverflowError)
  })
})
