import fc from 'fast-check'
import { lastValueFrom, map, of, range, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { InvalidOptionError } from '../../src/errors.ts'
import { type DiversifyOptions, diversify } from '../../src/operators/diversify.ts'
import type { ScoredPassage } from '../../src/types/document.ts'
import type { RetrievedQuery } from '../../src/types/query.ts'
import { marbles } from '../support/marbles.ts'
import { retrievedQuery } from '../support/retrievedQuery.ts'
import { embeddedPassage, scoredPassage } from '../support/passage.ts'

const chosen = async (passages: readonly ScoredPassage[], options?: DiversifyOptions, more: Partial<RetrievedQuery> = {}) =>
  (await lastValueFrom(of(retrievedQuery(passages, more)).pipe(diversify(options)))).passages
const texts = (passages: readonly ScoredPassage[]) => passages.map(({ text }) => text)
const embedded = (text: string, score: number, numbers: readonly number[]): ScoredPassage => ({ ...embeddedPassage(text, numbers), score })

describe('diversify', () => {
  it('takes a passage that says something else before one that says the same again', async () => {
    const passages = [scoredPassage('herons wait in shallow water', 10), scoredPassage('In shallow water herons wait', 9), scoredPassage('eagles fly over mountains', 8), scoredPassage('coal', 1)]

    expect(texts(await chosen(passages, { topK: 2 }))).toEqual(['herons wait in shallow water', 'eagles fly over mountains'])
    expect(texts(await chosen(passages, { topK: 2, lambda: 1 }))).toEqual(['herons wait in shallow water', 'In shallow water herons wait'])
  })

  it('compares embeddings when every passage carries one of the same length', async () => {
    const alike = [embedded('a b', 10, [1, 0]), embedded('c d', 9, [1, 0.1]), embedded('a b', 8, [0, 1]), embedded('z', 1, [1, 1])]

    expect((await chosen(alike, { topK: 2 })).map(({ score }) => score)).toEqual([0.5, 0.5 * (7 / 9)])
    expect(texts(await chosen([...alike.slice(0, 3), scoredPassage('z', 1)], { topK: 2 }))).toEqual(['a b', 'c d'])
    expect(texts(await chosen([...alike.slice(0, 3), embedded('z', 1, [1])], { topK: 2 }))).toEqual(['a b', 'c d'])
  })

  it('takes what is left by lambda × relevance − (1 − lambda) × the largest likeness, as the formula is written', async () => {
    const passage = fc.tuple(fc.double({ min: -3, max: 9, noNaN: true }), fc.tuple(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -3, max: 3 })))
    await fc.assert(
      fc.asyncProperty(fc.array(passage, { maxLength: 8 }), fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 1, max: 9 }), async (given, lambda, topK) => {
        const passages = given.map(([score, numbers], index) => embedded(String(index), score, numbers))
        const scores = given.map(([score]) => score)
        const [low, high] = [Math.min(...scores), Math.max(...scores)]
        const relevance = ({ score }: ScoredPassage) => (high === low ? 1 : (score - low) / (high - low))
        const numbersOf = ({ text }: ScoredPassage) => given[Number(text)]![1]
        const cosine = (p: ScoredPassage, q: ScoredPassage) => {
          const [[a, b], [c, d]] = [numbersOf(p), numbersOf(q)]
          const length = Math.hypot(a, b) * Math.hypot(c, d)
          return length === 0 ? 0 : Math.max(0, (a * c + b * d) / length)
        }
        const result = await chosen(passages, { lambda, topK })

        expect(result).toHaveLength(Math.min(topK, given.length))
        for (const [index, next] of result.entries()) {
          const before = result.slice(0, index)
          const left = passages.filter(({ text }) => !before.some((one) => one.text === text))
          const values = left.map((one) => lambda * relevance(one) - (1 - lambda) * Math.max(0, ...before.map((other) => cosine(one, other))))
          expect(next.score).toBeCloseTo(Math.max(...values), 9)
          expect(next.score).toBeLessThanOrEqual(result[index - 1]?.score ?? 1)
        }
      }),
    )
  })

  it('takes equal ones in their order, five unless told otherwise', async () => {
    const six = ['one', 'two', 'three', 'four', 'five', 'six'].map((text) => scoredPassage(text, 3))

    expect(texts(await chosen(six))).toEqual(['one', 'two', 'three', 'four', 'five'])
    expect(await chosen([])).toEqual([])
  })

  it('takes more passages than a call takes arguments', async () => {
    const many = Array.from({ length: 130_000 }, (_, index) => embedded(String(index), index, [1]))

    expect(texts(await chosen(many, { topK: 1 }))).toEqual(['129999'])
  })

  // A map of each embedding, by index, cannot hold so many.
  it('compares embeddings of more numbers than a map holds', async () => {
    const numbers = new Float32Array(2 ** 24 + 1).fill(1)
    const alike = [3, 2].map((score) => ({ ...embedded(String(score), score, []), embedding: numbers }))

    expect((await chosen(alike, { lambda: 0 })).map(({ score }) => score)).toEqual([0, -1])
  })

  it('leaves a sample of the whole as it is', async () => {
    const sample = [scoredPassage('a', 0), scoredPassage('a', 0)]

    expect(await chosen(sample, { topK: 1 }, { kind: 'overview' })).toBe(sample)
  })

  it('keeps time and order of the queries, passes on their errors, and is dropped with them', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const query = retrievedQuery([scoredPassage('a')])
      const source = cold('-q-q-#', { q: query })
      const count = map(({ passages }: RetrievedQuery) => passages.length)

      expectObservable(source.pipe(diversify(), count)).toBe('-1-1-#', { 1: 1 })
      expectObservable(source.pipe(diversify(), count), '^-!').toBe('-1-', { 1: 1 })
      expectSubscriptions(source.subscriptions).toBe(['^----!', '^-!'])
      expectObservable(cold<RetrievedQuery>('--|').pipe(diversify())).toBe('--|')
      expectObservable(cold<RetrievedQuery>('---').pipe(diversify())).toBe('---')
    })
  })

  it('takes 10,000 queries that come at once', async () => {
    const query = retrievedQuery([scoredPassage('a'), scoredPassage('b')])
    const all = await lastValueFrom(range(0, 10_000).pipe(map((id) => ({ ...query, id: String(id) })), diversify({ topK: 1 }), toArray()))

    expect(all.map(({ id, passages }) => `${id}${passages.length}`)).toEqual(Array.from({ length: 10_000 }, (_, id) => `${id}1`))
  })

  it('refuses options that cannot work, at the call', () => {
    expect(() => diversify({ topK: 0 })).toThrow(InvalidOptionError)
    for (const lambda of [-0.1, 1.1, Number.NaN]) expect(() => diversify({ lambda })).toThrow(InvalidOptionError)
  })
})
