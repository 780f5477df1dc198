import { type Observable, concat, from, lastValueFrom, of, tap, throwError, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { InvalidOptionError, OverflowError, ProviderError, RagError, TruncatedError, toErrorInfo } from '../../src/errors.ts'
import { fallback } from '../../src/policies/fallback.ts'
import { limited } from '../../src/policies/limited.ts'
import { createLimiter } from '../../src/policies/limiter.ts'
import type { Chunk, ModelCall } from '../../src/types/chunk.ts'
import type { CompletionRequest } from '../../src/types/completion.ts'
import type { LanguageModel } from '../../src/types/ports.ts'
import { call, finish, text } from '../support/chunks.ts'
import { marbles } from '../support/marbles.ts'
import { reporting } from '../support/scriptedModel.ts'

const messages = [{ role: 'user', content: 'How many?' }] as const
const down = new ProviderError('server-error', 'down', { status: 503 })
const cut = new TruncatedError('cut')

const modelOf = (id: string, answer: Observable<Chunk> | ((request: CompletionRequest) => Observable<Chunk>), contextTokens?: number): LanguageModel => ({
  id,
  ...(contextTokens !== undefined && { contextTokens }),
  stream: (request) => (typeof answer === 'function' ? answer(request) : answer),
})
const failing = (id: string, error: unknown, ...chunks: readonly Chunk[]) => modelOf(id, concat(from(chunks), throwError(() => error)))
const good = modelOf('good', of(text('fine'), finish()))
const forbidden = modelOf('forbidden', () => {
  throw new Error('asked without need')
})

const answered = (model: LanguageModel, request: Partial<CompletionRequest> = {}) =>
  lastValueFrom(model.stream({ messages, ...request }).pipe(toArray()))

const failed = async (model: LanguageModel): Promise<unknown> => {
  try {
    await answered(model)
  } catch (error) {
    return error
  }
  throw new Error('Expected a failure')
}

describe('fallback', () => {
  it('asks the first model only, while it answers', async () => {
    expect(await answered(fallback([good, forbidden]))).toEqual([text('fine'), finish()])
  })

  it('asks the next model when one fails before its text', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const values = { a: text('fine'), f: finish(), r: { type: 'retry', attempt: 1, delayMs: 0, error: toErrorInfo(down) } as const }
      const first = cold('-#         ', values, down)
      const second = cold(' --a-(f|) ', values)
      const model = fallback([modelOf('a', first), modelOf('b', second)])

      expectObservable(model.stream({ messages })).toBe('-r-a-(f|)', values)
      expectSubscriptions(first.subscriptions).toBe('   ^!      ')
      expectSubscriptions(second.subscriptions).toBe('  -^---!  ')
    })
  })

  it('drops the model that is being asked', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const first = cold<Chunk>('-#', {}, down)
      const second = cold<Chunk>('----')
      const model = fallback([modelOf('a', first), modelOf('b', second)])

      expectObservable(model.stream({ messages }), '^--!').toBe('-r', { r: { type: 'retry', attempt: 1, delayMs: 0, error: toErrorInfo(down) } })
      expectSubscriptions(first.subscriptions).toBe('    ^!  ')
      expectSubscriptions(second.subscriptions).toBe('   -^-!')
    })
  })

  it('waits for a model that says nothing: time limits belong into `attempt`', () => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(fallback([modelOf('a', cold<Chunk>('-')), good]).stream({ messages })).toBe('-')
    })
  })

  it.each<[string, Chunk]>([
    ['text', text('half')],
    ['reasoning', { type: 'reasoning', text: 'hm' }],
    ['a tool call', { type: 'tool-call', index: 0, argumentsText: '{' }],
  ])('fails after %s, unless told to restart, which makes it void', async (_, chunk) => {
    expect(await failed(fallback([failing('a', cut, chunk), forbidden]))).toBe(cut)

    const chunks = await answered(fallback([failing('a', cut, chunk), good], { afterText: 'restart' }))
    expect(chunks).toEqual([chunk, { type: 'reset', attempt: 2, error: toErrorInfo(cut) }, text('fine'), finish()])
  })

  it('takes an answer without a finish reason for a failure', async () => {
    expect(await answered(fallback([modelOf('a', of()), good]))).toEqual([expect.objectContaining({ type: 'retry' }), text('fine'), finish()])
    expect(await failed(fallback([modelOf('a', of(text('half'))), good]))).toBeInstanceOf(TruncatedError)
  })

  it('counts the attempts on from the one it was asked for', async () => {
    const attempts: (number | undefined)[] = []
    const noting = (id: string, error: unknown) => modelOf(id, (request) => {
      attempts.push(request.attempt)
      return throwError(() => error)
    })
    await failed(fallback([noting('a', down), noting('b', down)]))
    await answered(fallback([noting('a', down), noting('b', down), good]), { attempt: 4 })

    expect(attempts).toEqual([1, 2, 4, 5])
  })

  it.each<[string, unknown]>([
    ['a refusal of the service', new ProviderError('bad-request', 'too long', { status: 400 })],
    ['a wrong key', new ProviderError('unauthorized', 'no', { status: 401 })],
    ['a time limit', new RagError('timeout', 'slow', { retryable: true })],
    ['a request above the bound of a limiter', new OverflowError('too large', 10, 'tokens')],
  ])('goes on after %s', async (_, error) => {
    expect((await answered(fallback([failing('a', error), good]))).at(-1)).toEqual(finish())
  })

  it.each<[string, unknown]>([
    ['an error of the program', new TypeError('undefined is not a function')],
    ['a wrong option', new InvalidOptionError('no')],
  ])('does not hide %s', async (_, error) => {
    expect(await failed(fallback([failing('a', error), forbidden]))).toBe(error)
  })

  it('asks the caller which errors it falls back on', async () => {
    const fallBackOn = (error: unknown) => error instanceof TypeError

    expect(await failed(fallback([failing('a', down), forbidden], { fallBackOn }))).toBe(down)
    expect((await answered(fallback([failing('a', new TypeError('x')), good], { fallBackOn }))).at(-1)).toEqual(finish())
  })

  it('keeps the errors of all when nobody answers, and when to try again', async () => {
    const limitedError = (retryAfterMs: number) => new ProviderError('rate-limited', 'busy', { status: 429, retryAfterMs })
    const errors = [limitedError(9000), limitedError(4000)]
    const error = await failed(fallback([failing('a', errors[0]), failing('b', errors[1])]))

    expect(error).toBeInstanceOf(ProviderError)
    expect(error).toMatchObject({
      code: 'all-models-failed',
      message: 'None of 2 models answered: a: busy; b: busy',
      status: 429,
      retryAfterMs: 4000,
      retryable: true,
    })
    expect((error as ProviderError).cause).toBeInstanceOf(AggregateError)
    expect(((error as ProviderError).cause as AggregateError).errors).toEqual(errors)
  })

  it('is worth another try when one of the models is, at once when one does not ask to wait', async () => {
    const busy = new ProviderError('rate-limited', 'busy', { status: 429, retryAfterMs: 9000 })
    const refused = new ProviderError('unauthorized', 'no', { status: 401 })

    expect(await failed(fallback([failing('a', busy), failing('b', refused)]))).toMatchObject({ retryable: true, retryAfterMs: 9000, status: 401 })
    expect(await failed(fallback([failing('a', busy), failing('b', down)]))).toMatchObject({ retryable: true, retryAfterMs: undefined })
    expect(await failed(fallback([failing('a', refused), failing('b', refused)]))).toMatchObject({ retryable: false })
  })

  it('tells the usage of every call once', async () => {
    const calls: ModelCall[] = []
    const used = [call(10, 0), call(20, 7)]
    const model = fallback([
      modelOf('a', (request) => reporting(throwError(() => down), request, used[0] ?? call(0, 0))),
      modelOf('b', (request) => reporting(of(text('fine'), finish()), request, used[1] ?? call(0, 0))),
    ])
    await answered(model, { onUsage: (one) => calls.push(one) })

    expect(calls).toEqual(used)
  })

  it('runs the attempt policy for each model anew', async () => {
    let attempts = 0
    const model = fallback([failing('a', down), good], { attempt: (chunks) => chunks.pipe(tap({ subscribe: () => attempts++ })) })
    await answered(model)

    expect(attempts).toBe(2)
  })

  it('lets a retry inside a turn make what came before void', async () => {
    const again: Chunk = { type: 'reset', attempt: 2, error: toErrorInfo(cut) }

    expect((await answered(fallback([failing('a', down, text('half'), again), good]))).at(-1)).toEqual(finish())
  })

  it('frees the place of one model before it asks the next', async () => {
    const limiter = createLimiter({ concurrency: 1 })
    const chunks = await answered(fallback([limited(failing('a', down), { limiter }), limited(good, { limiter })]))

    expect(chunks.at(-1)).toEqual(finish())
    expect([limiter.running, limiter.waiting]).toEqual([0, 0])
  })

  it('asks 100 models that fail at once', async () => {
    const models = Array.from({ length: 100 }, (_, index) => failing(String(index), down))

    expect((await answered(fallback([...models, good]))).at(-1)).toEqual(finish())
  })

  it('passes 10,000 synchronous chunks', async () => {
    const chunks = Array.from({ length: 10_000 }, (_, index) => text(`w${index}`))

    expect(await answered(fallback([failing('a', down), modelOf('b', concat(from(chunks), of(finish())))]))).toHaveLength(10_002)
  })

  it('names its models, and takes what all of them can take', () => {
    const model = fallback([modelOf('a', of(), 8000), modelOf('b', of()), modelOf('c', of(), 4000)])

    expect(model.id).toBe('a | b | c')
    expect(model.contextTokens).toBe(4000)
    expect('contextTokens' in fallback([good])).toBe(false)
  })

  it('refuses an empty list and unknown options', () => {
    expect(() => fallback([])).toThrow(InvalidOptionError)
    expect(() => fallback([good], { afterText: 'continue' as 'fail' })).toThrow(InvalidOptionError)
  })
})
