import { EMPTY, NEVER, concat, from, lastValueFrom, map, of, range, throwError, toArray } from 'rxjs'
import { describe, expect, it, vi } from 'vitest'
import { InvalidOptionError, RagError, TruncatedError } from '../../src/errors.ts'
import { type ExpandQuestionOptions, type Formulate, expandQuestion } from '../../src/operators/expandQuestion.ts'
import type { Chunk } from '../../src/types/chunk.ts'
import type { CompletionRequest } from '../../src/types/completion.ts'
import type { Query } from '../../src/types/query.ts'
import { call, finish, text } from '../support/chunks.ts'
import { marbles } from '../support/marbles.ts'
import { reporting, scriptedModel } from '../support/scriptedModel.ts'

const query: Query = { id: '1', question: 'Why do herons wait?' }
const expanded = (by: Parameters<typeof expandQuestion>[0], options?: ExpandQuestionOptions, given = query) => lastValueFrom(of(given).pipe(expandQuestion(by, options)))
const formulated = async (by: Formulate, options?: ExpandQuestionOptions) => (await expanded(by, options)).formulations
const saying = (words: string, requests: CompletionRequest[] = []) =>
  scriptedModel((request) => (requests.push(request), reporting(of<Chunk[]>(text(words), finish()), request, call(7, 3))))
const broken = new RagError('broken', 'broken')

describe('expandQuestion', () => {
  it.each<[string, Formulate]>([
    ['a list', () => ['a', 'b']],
    ['a promise', () => Promise.resolve(['a', 'b'])],
    ['an Observable', () => of(['a', 'b'])],
    ['several lists', () => of(['a'], ['b'])],
  ])('puts the formulations of a function into the query, given as %s', async (_, by) => {
    expect(await expanded(by)).toEqual({ ...query, formulations: ['a', 'b'], calls: [] })
  })

  it('passes over empty ones, repetitions and the question itself, and keeps at most `count`', async () => {
    const made = ['', ' a ', 'A?', 'why do herons wait', 'b', 'c', 'd', 'e']

    expect(await formulated(() => made)).toEqual(['a', 'b', 'c'])
    expect(await formulated(() => made, { count: 1 })).toEqual(['a'])
    expect(await formulated(() => [])).toEqual([])
    expect(await formulated(() => EMPTY)).toEqual([])
  })

  it('asks a model once, and reads its lines without bullets, numbers and quotation marks', async () => {
    const requests: CompletionRequest[] = []

    const result = await expanded(saying('<think>hm\n</think>\n1. Why do herons stand still?\n- "hunting of herons"\n\n* ambush feeding\n4) one too many', requests), { temperature: 0 })

    expect(result.formulations).toEqual(['Why do herons stand still?', 'hunting of herons', 'ambush feeding'])
    expect(requests).toHaveLength(1)
    expect(requests[0]).toMatchObject({ temperature: 0, messages: [{ role: 'system', content: expect.stringContaining('Write 3') }, { role: 'user', content: query.question }] })
  })

  it('puts what the model used among the calls of the query, also when it is kept over', async () => {
    const before = call(1, 1)
    const failing = scriptedModel((request) => reporting(throwError(() => broken), request, call(7, 0)))

    expect((await expanded(saying('a'), {}, { ...query, calls: [before] })).calls).toEqual([before, { ...call(7, 3), purpose: 'expand' }])
    expect((await expanded(failing, { onError: 'keep' })).calls).toEqual([{ ...call(7, 0), purpose: 'expand' }])
  })

  it('has told what the model used when its error goes on', async () => {
    const given = { ...query, calls: [] as ReturnType<typeof call>[] }
    const failing = scriptedModel((request) => reporting(concat(from(Promise.resolve(text('a'))), throwError(() => broken)), request, call(7, 0)))
    let seen = -1

    await expanded(failing, {}, given).catch(() => (seen = given.calls.length))
    await lastValueFrom(of(given).pipe(expandQuestion(failing))).catch(() => undefined)

    expect(seen).toBe(1)
    expect(given.calls).toHaveLength(2)
  })

  it('fails with model and function, or goes on with the question alone when told so', async () => {
    const onFailure = vi.fn<(error: unknown) => void>()

    await expect(expanded(() => throwError(() => broken))).rejects.toBe(broken)
    await expect(expanded(() => { throw broken })).rejects.toBe(broken)
    await expect(expanded(scriptedModel(() => of(text('a'))))).rejects.toThrow(TruncatedError)
    expect(await expanded(() => Promise.reject(broken), { onError: 'keep', onFailure })).toEqual({ ...query, calls: [] })
    expect(onFailure).toHaveBeenCalledExactlyOnceWith(broken)
  })

  it('asks for queries one after another, and drops the request with the stream', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('qq|', { q: query })
      const answer = cold('--(f|)', { f: ['a'] })

      expectObservable(source.pipe(expandQuestion(() => answer), map(({ formulations }) => formulations?.length)), '^--!').toBe('--1-', { 1: 1 })
      expectSubscriptions(answer.subscriptions).toBe(['^-!', '--^!'])
    })
  })

  it('passes on an empty source, a silent one, and a failing one', () => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold<Query>('--|').pipe(expandQuestion(() => ['a']))).toBe('--|')
      expectObservable(cold<Query>('---').pipe(expandQuestion(() => ['a']))).toBe('---')
      expectObservable(cold<Query>('--#').pipe(expandQuestion(() => ['a']))).toBe('--#')
      expectObservable(of(query).pipe(expandQuestion(() => NEVER))).toBe('---')
    })
  })

  it('takes 10,000 queries that come at once', async () => {
    const all = await lastValueFrom(range(0, 10_000).pipe(map((id) => ({ ...query, id: String(id) })), expandQuestion(() => ['a']), map(({ id }) => id), toArray()))

    expect(all).toEqual(Array.from({ length: 10_000 }, (_, id) => String(id)))
  })

  it('refuses options that cannot work, at the call', () => {
    expect(() => expandQuestion(() => [], { count: 0 })).toThrow(InvalidOptionError)
    // @ts-expect-error: no such way
    expect(() => expandQuestion(() => [], { onError: 'ignore' })).toThrow(InvalidOptionError)
  })
})
