import {
  NEVER, type Observable, type ObservableInput, Subject, catchError, defer, delay, from, lastValueFrom, map, mergeMap, of, pipe, range, retry, startWith, takeWhile, tap, throwError, timer, toArray,
} from 'rxjs'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { ProviderError, RagError, TruncatedError } from '../../src/errors.ts'
import { type GenerateAnswerOptions, generateAnswer } from '../../src/operators/generateAnswer.ts'
import { retryStream } from '../../src/operators/retryStream.ts'
import { createGate } from '../../src/policies/gate.ts'
import type { Chunk, Usage } from '../../src/types/chunk.ts'
import type { CompletionRequest } from '../../src/types/completion.ts'
import type { Query } from '../../src/types/query.ts'
import { call, finish, markAt, reset, text, usage } from '../support/chunks.ts'
import { marbles } from '../support/marbles.ts'
import { scoredPassage } from '../support/passage.ts'
import { reporting, scriptedModel } from '../support/scriptedModel.ts'
import { uncaughtDuring } from '../support/uncaught.ts'

const query: Query = { id: '1', question: 'Why?', messages: [{ role: 'user', content: 'Why?' }] }
const passages = [scoredPassage('because')]
const chunks = {
  a: text('a'), b: text('b'), f: finish(), u: usage(), s: finish('stopped'), r: reset,
  m: markAt('accepted', 0), n: markAt('sent', 1), q: { type: 'sources', passages },
} satisfies Record<string, Chunk>
const truncated = new TruncatedError('The answer of scripted ended without a finish reason: it was cut')
const broken = new RagError('broken', 'broken')
const busy = new ProviderError('server-error', 'Busy', { status: 503 })

/** All that comes, its error as the last item. */
async function collect(queries: ObservableInput<Query>, answer: (request: CompletionRequest) => Observable<Chunk>, options?: GenerateAnswerOptions) {
  const got: unknown[] = []
  const chunks = from(queries).pipe(generateAnswer(scriptedModel(answer), options), tap((chunk) => got.push(chunk)))
  await lastValueFrom(chunks, { defaultValue: undefined }).catch((error: unknown) => got.push(error))
  return got
}

describe('generateAnswer', () => {
  it('is left with the last chunk, while another query waits', async () => {
    const used: Usage[] = []
    const model = scriptedModel(() => timer(1).pipe(mergeMap(() => [text('a'), finish()])))
    const left = from([query, query]).pipe(generateAnswer(model, { onEnd: (usage) => used.push(usage) }), takeWhile(({ type }) => type !== 'finish', true), toArray())
    expect(await lastValueFrom(left)).toEqual([text('a'), expect.objectContaining({ type: 'usage' }), finish()])
    await lastValueFrom(timer(5))
    expect(used).toHaveLength(1)
  })

  it('fails with what comes of a model and is no chunk', async () => {
    const got = await collect([query], () => timer(1).pipe(map(() => undefined as unknown as Chunk)))
    expect(got).toEqual([expect.objectContaining({ type: 'usage' }), expect.any(TypeError)])
  })

  it('emits the marks so far, the sources, what the model sends, the usage and the end', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const answer = cold<Chunk>('----n-a-b-f|    ', chunks)
      const expected = '          (mq)n-a-b--(uf|)'

      const result = of<Query>({ ...query, passages, marks: [chunks.m] }).pipe(generateAnswer(scriptedModel(() => answer)))

      expectObservable(result).toBe(expected, chunks)
      expectSubscriptions(answer.subscriptions).toBe('^----------!')
    })
  })

  it('answers queries one after another', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('    qq|                   ', { q: query })
      const answer = cold<Chunk>('----a-(f|)        ', chunks)
      const expected = '       ----a-(uf)a-(uf|)'

      expectObservable(source.pipe(generateAnswer(scriptedModel(() => answer)))).toBe(expected, chunks)
      expectSubscriptions(answer.subscriptions).toBe(['^-----!', '------^-----!'])
    })
  })

  it('completes with an empty source, waits with a silent one, and passes on the error of a failing one, with the usage first', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const answer = cold<Chunk>('-')
      const model = scriptedModel(() => answer)

      expectObservable(cold<Query>('|').pipe(generateAnswer(model))).toBe('|')
      expectObservable(NEVER.pipe(generateAnswer(model))).toBe('-')
      expectObservable(cold<Query>('--#').pipe(generateAnswer(model))).toBe('--(u#)', chunks)
      expectSubscriptions(answer.subscriptions).toBe([])
    })
  })

  it('fails with the usage first when the model ends without a finish reason', () => {
    marbles(({ cold, expectObservable }) => {
      const answer = cold<Chunk>('-a-b|', chunks)

      expectObservable(of(query).pipe(generateAnswer(scriptedModel(() => answer)))).toBe('-a-b(u#)', chunks, truncated)
    })
  })

  it('fails with the usage first when the model fails', () => {
    marbles(({ cold, expectObservable }) => {
      const answer = cold<Chunk>('-a-#', chunks, broken)

      expectObservable(of(query).pipe(generateAnswer(scriptedModel(() => answer)))).toBe('-a-(u#)', chunks, broken)
    })
  })

  it('fails with the usage first when the model throws instead of returning a stream', async () => {
    const answer = () => {
      throw broken
    }

    expect(await collect([query], answer)).toEqual([chunks.u, broken])
  })

  it('asks for a prompt when the query has none', async () => {
    const got = await collect([{ id: '1', question: 'Why?' }], () => of(chunks.f))

    expect(got).toEqual([chunks.u, new RagError('no-prompt', 'Expected a query with messages: put buildPrompt() before generateAnswer()')])
  })

  it('passes options, gate and query on to the model', async () => {
    const requests: CompletionRequest[] = []
    const gate = createGate()

    await collect([query], (request) => defer(() => (requests.push(request), of(chunks.f))), { gate, temperature: 0, maxOutputTokens: 5, streaming: false })

    expect(requests).toEqual([
      { messages: query.messages, query, onUsage: expect.any(Function), attempt: 1, gate, temperature: 0, maxOutputTokens: 5, streaming: false },
    ])
  })

  it('makes a new attempt when the operator inside resubscribes, and sums what all of them used', async () => {
    const attempts: (number | undefined)[] = []
    const answer = (request: CompletionRequest) => {
      attempts.push(request.attempt)
      const chunksOfAttempt = attempts.length < 3 ? throwError(() => broken).pipe(startWith(chunks.a)) : of(chunks.b, chunks.f)
      return reporting(chunksOfAttempt, request, call(10, attempts.length))
    }

    const got = await collect([query], answer, { attempt: retry(5) })

    expect(attempts).toEqual([1, 2, 3])
    // The operator said nothing of starting again after text, so the answer does.
    const restarted = (attempt: number) => ({ type: 'reset', attempt, error: { code: 'broken', message: 'broken' } })
    expect(got).toEqual([chunks.a, restarted(2), chunks.a, restarted(3), chunks.b, usage(call(10, 1), call(10, 2), call(10, 3)), chunks.f])
  })

  it('does not announce again what the operator inside announced', async () => {
    let attempts = 0
    const answer = () => (++attempts === 1 ? throwError(() => busy).pipe(startWith(chunks.a)) : of(chunks.b, chunks.f))

    const got = await collect([query], answer, { attempt: retryStream({ afterText: 'restart', baseDelayMs: 1 }) })

    expect(got.map((chunk) => (chunk as Chunk).type)).toEqual(['text', 'reset', 'text', 'usage', 'finish'])
  })

  it('counts every attempt once when all of them fail', async () => {
    const told: Usage[] = []
    const answer = (request: CompletionRequest) => reporting(throwError(() => broken), request, call(10, 0))

    const got = await collect([query], answer, { attempt: retry(2), onEnd: (sum) => told.push(sum) })

    expect(got).toEqual([usage(call(10, 0), call(10, 0), call(10, 0)), broken])
    expect(told).toEqual([usage(call(10, 0), call(10, 0), call(10, 0))])
  })

  it('counts every attempt once when each fails some time after the one before', async () => {
    const answer = (request: CompletionRequest) => reporting(timer(0).pipe(mergeMap(() => throwError(() => broken))), request, call(10, 0))

    const got = await collect([query], answer, { attempt: retry({ count: 2, delay: 1 }) })

    expect(got).toEqual([usage(call(10, 0), call(10, 0), call(10, 0)), broken])
  })

  it('calls a sum estimated as soon as one call is', async () => {
    const answer = (request: CompletionRequest) =>
      defer(() => {
        for (const sure of ['server', 'estimated', 'counted'] as const) request.onUsage?.(call(1, 1, sure))
        return of(chunks.f)
      })

    expect(await collect([query], answer)).toMatchObject([{ type: 'usage', from: 'estimated', inputTokens: 3 }, chunks.f])
  })

  it('takes usage and finish of an attempt out of the stream and emits its own', async () => {
    const got = await collect([query], () => of<Chunk[]>(chunks.a, usage(call(1, 1)), finish('length')))

    expect(got).toEqual([chunks.a, chunks.u, finish('length')])
  })

  it('applies the attempt operator to the chunks of the model alone', async () => {
    const seen: Chunk[] = []

    await collect([{ ...query, passages, marks: [chunks.m] }], () => of(chunks.a, chunks.f), { attempt: pipe(tap((chunk) => seen.push(chunk))) })

    expect(seen).toEqual([chunks.a, chunks.f])
  })

  describe('when it is dropped', () => {
    it('ends the call', () => {
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const answer = cold<Chunk>('-a-----', chunks)
        const drop = '              ---!   '

        expectObservable(of(query).pipe(generateAnswer(scriptedModel(() => answer))), drop).toBe('-a--', chunks)
        expectSubscriptions(answer.subscriptions).toBe('^--!')
      })
    })

    it('tells once what was used, with what the end of the call reports', () => {
      const told: Usage[] = []
      marbles(({ cold, expectObservable, flush }) => {
        const answer = cold<Chunk>('-a-----', chunks)
        const model = scriptedModel((request) => reporting(answer, request, call(7, 1)))

        expectObservable(of(query).pipe(generateAnswer(model, { onEnd: (sum) => told.push(sum) })), '---!').toBe('-a--', chunks)
        flush()
      })
      expect(told).toEqual([usage(call(7, 1))])
    })

    it('tells that nothing was used when it is dropped before the model is asked', () => {
      const told: Usage[] = []

      of(query).pipe(generateAnswer(scriptedModel(() => NEVER), { onEnd: (sum) => told.push(sum) })).subscribe().unsubscribe()

      expect(told).toEqual([usage()])
    })

    it.each([
      { name: 'is dropped', source: '-----q|', drop: '--!', told: 1 },
      { name: 'fails', source: '--#', drop: '---!', told: 1 },
      { name: 'has no query', source: '--|', drop: '---!', told: 0 },
    ])('tells that nothing was used, once, when what is in front of it $name', ({ source, drop, told }) => {
      const sums: Usage[] = []
      marbles(({ cold, expectObservable, flush }) => {
        const answer = scriptedModel(() => cold<Chunk>('-'))
        const result = cold(source, { q: query }).pipe(generateAnswer(answer, { onEnd: (sum) => sums.push(sum) }), catchError(() => NEVER))

        expectObservable(result, drop)
        flush()
      })
      expect(sums).toEqual(Array.from({ length: told }, () => usage()))
    })

    it('ends the source that is still retrieving', () => {
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const source = cold<Query>('-----')
        expectObservable(source.pipe(generateAnswer(scriptedModel(() => NEVER), { stop: NEVER })), '--!').toBe('-')
        expectSubscriptions(source.subscriptions).toBe('^-!')
      })
    })
  })

  describe('when it is asked to stop', () => {
    it.each([
      { name: 'before the first text', stop: '--x', expected: '--(us|)', calls: '^-!' },
      { name: 'during the text', stop: '----x', expected: '---a(us|)', calls: '^---!' },
      { name: 'after the last text', stop: '------x', expected: '---a-b(us|)', calls: '^-----!' },
      { name: 'after the end', stop: '------------x', expected: '---a-b---(uf|)', calls: '^--------!' },
      { name: 'never', stop: '-', expected: '---a-b---(uf|)', calls: '^--------!' },
      { name: 'by a signal that completes without a word', stop: '-|', expected: '---a-b---(uf|)', calls: '^--------!' },
    ])('$name, it closes the call and ends with usage and finish', ({ stop, expected, calls }) => {
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const answer = cold<Chunk>('---a-b---(f|)', chunks)
        const signal = cold(stop)

        const result = of(query).pipe(generateAnswer(scriptedModel(() => answer), { stop: signal }))

        expectObservable(result).toBe(expected, chunks)
        expectSubscriptions(answer.subscriptions).toBe(calls)
      })
    })

    it('sums what the closed call reports', () => {
      marbles(({ cold, expectObservable }) => {
        const answer = cold<Chunk>('-a----', chunks)
        const model = scriptedModel((request) => reporting(answer, request, call(7, 1)))

        const result = of(query).pipe(generateAnswer(model, { stop: cold('---x') }))

        expectObservable(result).toBe('-a-(us|)', { ...chunks, u: usage(call(7, 1)) })
      })
    })

    it('during retrieval, it drops the retrieval and still ends with usage and finish', () => {
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const source = cold('  -----q|', { q: query })
        const answer = cold<Chunk>('-')

        const result = source.pipe(generateAnswer(scriptedModel(() => answer), { stop: cold('--x') }))

        expectObservable(result).toBe('--(us|)', chunks)
        expectSubscriptions(source.subscriptions).toBe('^-!')
        expectSubscriptions(answer.subscriptions).toBe([])
      })
    })

    it('at once, it asks neither source nor model for anything more', async () => {
      let calls = 0
      const answer = () => defer(() => (calls++, NEVER))

      expect(await collect([query], answer, { stop: of(true) })).toEqual([chunks.u, chunks.s])
      expect(calls).toBe(0)
    })

    it('right after subscribing, it hears the stop', async () => {
      const stop = new Subject<void>()
      const got = collect([query], () => NEVER, { stop })

      stop.next()

      expect(await got).toEqual([chunks.u, chunks.s])
    })

    it('listens to the signal once for all queries, from the first to the end of the last', () => {
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const source = cold('      q-q|               ', { q: query })
        const answer = cold<Chunk>('----a-(f|)         ', chunks)
        const signal = cold('      -------------------x')
        const expected = '         ----a-(uf)a-(uf|)  '

        expectObservable(source.pipe(generateAnswer(scriptedModel(() => answer), { stop: signal }))).toBe(expected, chunks)
        expectSubscriptions(signal.subscriptions).toBe('^-----------!')
      })
    })

    it('ends the answer that runs and asks nothing for the queries that wait', () => {
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const source = cold('      qq|         ', { q: query })
        const answer = cold<Chunk>('-a------   ', chunks)
        const expected = '         -a-(usus|) '

        expectObservable(source.pipe(generateAnswer(scriptedModel(() => answer), { stop: cold('---x') }))).toBe(expected, chunks)
        expectSubscriptions(answer.subscriptions).toBe('^--!')
      })
    })

    it('by a signal that fails, it ends with the usage and that error', () => {
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const answer = cold<Chunk>('-a------', chunks)

        const result = of(query).pipe(generateAnswer(scriptedModel(() => answer), { stop: cold('---#', undefined, broken) }))

        expectObservable(result).toBe('-a-(u#)', chunks, broken)
        expectSubscriptions(answer.subscriptions).toBe('^--!')
      })
    })

    it('by a signal that fails while more queries may come, it ends with the usage and that error too', () => {
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const source = cold('      q--------', { q: query })
        const answer = cold<Chunk>('-a------ ', chunks)

        const result = source.pipe(generateAnswer(scriptedModel(() => answer), { stop: cold('---#', undefined, broken) }))

        expectObservable(result).toBe('-a-(u#)', chunks, broken)
        expectSubscriptions(source.subscriptions).toBe('^--!')
      })
    })

    it('says nothing when nothing was asked', async () => {
      expect(await collect([], () => NEVER, { stop: NEVER })).toEqual([])
    })
  })

  it('answers two subscriptions with two calls', async () => {
    const attempts: (number | undefined)[] = []
    const answer = of(query).pipe(generateAnswer(scriptedModel((request) => (attempts.push(request.attempt), of(chunks.f)))))

    await lastValueFrom(answer)
    await lastValueFrom(answer)

    expect(attempts).toEqual([1, 1])
  })

  it('answers 10,000 queries of which most are answered at once', async () => {
    let calls = 0
    const cached = () => (calls++ === 0 ? of(chunks.a, chunks.f).pipe(delay(1)) : of(chunks.a, chunks.f))

    const got = await lastValueFrom(range(0, 10_000).pipe(map(() => query), generateAnswer(scriptedModel(cached)), toArray()))

    expect(got).toHaveLength(30_000)
  })

  it('begins what is asked for in the same turn, though an `onEnd` throws', async () => {
    const ended: number[] = []
    const wrong = new Error('wrong')
    const ask = (number: number) => {
      const onEnd = number === 1 ? () => { throw wrong } : undefined
      const answer = of(query).pipe(generateAnswer(scriptedModel(() => of(chunks.a, chunks.f)), { ...(onEnd && { onEnd }) }))
      answer.subscribe({ next: ({ type }) => void (type === 'finish' && ended.push(number)) })
    }

    const caught = await uncaughtDuring(async () => [0, 1, 2, 3].forEach(ask))

    expect(ended).toEqual([0, 1, 2, 3])
    expect(caught).toEqual([wrong])
  })

  it('is an operator from queries to chunks', () => {
    expectTypeOf(of(query).pipe(generateAnswer(scriptedModel(() => NEVER)))).toEqualTypeOf(of<Chunk>())
  })
})
