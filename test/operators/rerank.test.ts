import { NEVER, type Observable, defer, lastValueFrom, map, of, range, throwError, toArray } from 'rxjs'
import { describe, expect, expectTypeOf, it, vi } from 'vitest'
import { ContractError, InvalidOptionError, RagError } from '../../src/errors.ts'
import { type RerankOptions, rerank } from '../../src/operators/rerank.ts'
import type { ScoredPassage } from '../../src/types/document.ts'
import type { Reranker } from '../../src/types/ports.ts'
import type { RetrievedQuery } from '../../src/types/query.ts'
import { call } from '../support/chunks.ts'
import { marbles } from '../support/marbles.ts'
import { retrievedQuery } from '../support/retrievedQuery.ts'
import { scoredPassage } from '../support/passage.ts'

const [a, b, c] = ['a', 'b', 'c'].map((name, index) => scoredPassage(name, 9 - index)) as [ScoredPassage, ScoredPassage, ScoredPassage]
const query = retrievedQuery([a, b, c])
const scoring = (scores: Readonly<Record<string, number>>): Reranker =>
  ({ rerank: (_, passages) => of(passages.map((passage) => ({ ...passage, score: scores[passage.text] ?? 0 }))) })
const returning = (...answers: readonly (readonly ScoredPassage[])[]): Reranker => ({ rerank: () => of(...answers) })
const backwards = scoring({ a: 1, b: 2, c: 3 })
const texts = ({ passages }: RetrievedQuery) => passages.map(({ text }) => text).join('')
const ranked = (reranker: Reranker, options?: RerankOptions, given = query) => lastValueFrom(of(given).pipe(rerank(reranker, options)))
const broken = new RagError('broken', 'broken')
const failing: Reranker = { rerank: () => throwError(() => broken) }

describe('rerank', () => {
  it('orders the passages by the scores of the reranker, keeps the best, and marks that', async () => {
    const result = await ranked(backwards, { topK: 2 })

    expect(result.passages).toEqual([{ ...c, score: 3 }, { ...b, score: 2 }])
    expect(result.marks?.map(({ name }) => name)).toEqual(['reranked'])
    expect(result).toMatchObject({ id: query.id, question: query.question, searched: query.searched })
  })

  it('keeps five unless told otherwise, and the order that came back where scores are equal', async () => {
    const seven = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => scoredPassage(name))
    const turned: Reranker = { rerank: (_, passages) => of(passages.toReversed()) }

    expect(texts(await ranked(turned, {}, retrievedQuery(seven)))).toBe('gfedc')
  })

  it('asks with the question about the candidates alone; the rest stays behind, with lower scores', async () => {
    const asked = vi.fn<Reranker['rerank']>((...given) => backwards.rerank(...given))

    const result = await ranked({ rerank: asked }, { candidates: 2 })

    expect(asked).toHaveBeenCalledExactlyOnceWith(query.question, [a, b], expect.any(Function))
    expect(texts(result)).toBe('bac')
    expect(result.passages.map(({ score }) => score)).toEqual([2, 1, 0])
  })

  it('keeps text and offsets of what was found, whatever comes back', async () => {
    const careless: Reranker = { rerank: (_, passages) => of(passages.map(({ id, documentId, text, score }) => scoredPassage(text, -score, { id, documentId, start: 700 }))) }

    expect((await ranked(careless)).passages).toEqual([{ ...c, score: -7 }, { ...b, score: -8 }, { ...a, score: -9 }])
  })

  it('tells two stores\' passages of one id apart by their texts', async () => {
    const same = scoredPassage('other', 1, { id: a.id, documentId: a.documentId })

    expect(texts(await ranked(scoring({ other: 5, a: 4 }), {}, retrievedQuery([a, same])))).toBe('othera')
  })

  it.each([
    ['left out', returning([a, b])],
    ['returned twice', returning([a, b, b])],
    ['made up', returning([a, b, scoredPassage('invented')])],
    ['changed', returning([a, b, { ...c, text: 'changed' }])],
    ['added', returning([a, b, c, scoredPassage('invented')])],
    ['given a score that is no number', returning([a, b, { ...c, score: Number.NaN }])],
    ['not returned at all', returning()],
    ['returned in two lists', returning([a, b, c], [a, b, c])],
  ])('refuses a ranking in which a passage was %s, also when failures are passed over', async (_, reranker) => {
    await expect(ranked(reranker)).rejects.toThrow(ContractError)
    await expect(ranked(reranker, { onError: 'keep' })).rejects.toThrow(ContractError)
  })

  it('fails with the reranker, also when it throws at the call', async () => {
    const throwing: Reranker = { rerank: () => { throw broken } }

    await expect(ranked(failing)).rejects.toBe(broken)
    await expect(ranked(throwing)).rejects.toBe(broken)
  })

  it('keeps the first ranking without a mark when told so, and says what failed', async () => {
    const onFailure = vi.fn<(error: unknown) => void>()

    const result = await ranked(failing, { topK: 2, onError: 'keep', onFailure })

    expect(result.passages).toEqual([a, b])
    expect(result.marks).toEqual([])
    expect(onFailure).toHaveBeenCalledExactlyOnceWith(broken)
  })

  it('puts what the reranker used among the calls of the query, beside those before, also when it is kept over', async () => {
    const [before, own] = [call(1, 1), call(20, 2)]
    const paid = (then: Observable<readonly ScoredPassage[]>): Reranker => ({ rerank: (_, __, onUsage) => defer(() => (onUsage?.(own), then)) })
    const failed = { ...query, calls: [before] }

    expect((await ranked(paid(of([a, b, c])))).calls).toEqual([own])
    expect((await ranked(paid(throwError(() => broken)), { onError: 'keep' }, failed)).calls).toEqual([before, own])
    expect(failed.calls).toEqual([before, own])
  })

  it('asks about no sample of the whole, and about nothing', async () => {
    const sample: RetrievedQuery = { ...query, kind: 'overview' }

    expect(await ranked(failing, { topK: 1 }, sample)).toBe(sample)
    expect((await ranked(failing, {}, retrievedQuery([]))).passages).toEqual([])
  })

  it('ranks queries one after another, in their order, and drops the request with the stream', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('qq|      ', { q: query })
      const request = cold('--(r|)', { r: [b, a, c] })

      expectObservable(source.pipe(rerank({ rerank: () => request }), map(texts)), '^--!').toBe('--x-', { x: 'abc' })
      expectSubscriptions(request.subscriptions).toBe(['^-!', '--^!'])
    })
  })

  it('passes on an empty source, a silent one, and a failing one', () => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold<RetrievedQuery>('--|').pipe(rerank(backwards))).toBe('--|')
      expectObservable(cold<RetrievedQuery>('---').pipe(rerank(backwards))).toBe('---')
      expectObservable(cold<RetrievedQuery>('--#').pipe(rerank(backwards))).toBe('--#')
      expectObservable(of(query).pipe(rerank({ rerank: () => NEVER }))).toBe('---')
    })
  })

  it('ranks 10,000 queries that come at once, by a reranker that answers at once', async () => {
    const all = await lastValueFrom(range(0, 10_000).pipe(map((id) => ({ ...query, id: String(id) })), rerank(backwards), map(({ id }) => id), toArray()))

    expect(all).toEqual(Array.from({ length: 10_000 }, (_, id) => String(id)))
  })

  it('ranks more passages than a call takes arguments', async () => {
    const many = Array.from({ length: 130_000 }, (_, index) => scoredPassage(String(index), -index))
    const turned: Reranker = { rerank: (_, passages) => of(passages.map((passage) => ({ ...passage, score: -passage.score }))) }

    const { passages } = await ranked(turned, { topK: 130_000, candidates: 129_999 }, retrievedQuery(many))

    expect([passages[0], passages[129_998], passages[129_999]].map((one) => [one?.text, one?.score])).toEqual([['129998', 129_998], ['0', 0], ['129999', -1]])
  })

  it('refuses options that cannot work, at the call', () => {
    expect(() => rerank(backwards, { topK: 0 })).toThrow(InvalidOptionError)
    expect(() => rerank(backwards, { candidates: 1.5 })).toThrow(InvalidOptionError)
    // @ts-expect-error: no such way
    expect(() => rerank(backwards, { onError: 'ignore' })).toThrow(InvalidOptionError)
    expectTypeOf(rerank).parameter(0).toEqualTypeOf<Reranker>()
  })
})
