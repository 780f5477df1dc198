import { EMPTY, NEVER, delay, lastValueFrom, map, of, range, throwError, toArray } from 'rxjs'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { ContractError, InvalidOptionError } from '../../src/errors.ts'
import { type RetrieveOptions, retrieve } from '../../src/operators/retrieve.ts'
import type { Embedding, ScoredPassage } from '../../src/types/document.ts'
import type { Embedder, PassageStore, SearchRequest } from '../../src/types/ports.ts'
import type { Query, RetrievedQuery } from '../../src/types/query.ts'
import { fakeStore } from '../support/fakeStore.ts'
import { marbles } from '../support/marbles.ts'
import { scoredPassage } from '../support/passage.ts'

const query: Query = { id: '1', question: 'How do I limit mergeMap?' }
const overview: Query = { id: '1', question: 'What are the main topics discussed in the documents?' }
const [a, b, c] = ['a', 'b', 'c'].map((name) => scoredPassage(name, 5)) as [ScoredPassage, ScoredPassage, ScoredPassage]
const embedding: Embedding = Float32Array.of(1, 0)
const embedder: Embedder = { id: 'fake', embed: (texts) => of(texts.map(() => embedding)) }
const ids = ({ passages }: Query) => passages?.map(({ text }) => text)

const found = (given: Query, stores: PassageStore | readonly PassageStore[], options?: RetrieveOptions): Promise<Query> =>
  lastValueFrom(of(given).pipe(retrieve(stores, options)))

/** A store that finds these, and keeps what it was asked. */
function finding(passages: readonly ScoredPassage[], asked: SearchRequest[] = []): PassageStore {
  return fakeStore({
    search: (request) => {
      asked.push(request)
      return of(passages.slice(0, request.topK))
    },
  })
}

describe('retrieve', () => {
  it('puts the passages of one store into the query as the store ranked and scored them', async () => {
    const asked: SearchRequest[] = []

    const result = await found(query, finding([a, b, c], asked), { topK: 2 })

    expect(result).toMatchObject({ ...query, kind: 'lookup', passages: [a, b] })
    expect(asked).toEqual([{ text: query.question, topK: 2, retrieval: 'bm25' }])
  })

  it('asks for 5 passages unless told otherwise', async () => {
    const asked: SearchRequest[] = []

    await found(query, finding([], asked))

    expect(asked[0]?.topK).toBe(5)
  })

  it('fuses what several stores find by reciprocal rank, and keeps the best over all', async () => {
    const result = await found(query, [finding([a, b]), finding([b, c])], { topK: 2 })

    expect(ids(result)).toEqual(['b', 'a'])
    expect(result.passages?.map(({ score }) => score)).toEqual([1 / 61 + 1 / 62, 1 / 61])
  })

  it('asks all stores at once', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const slow = cold('---(a|)', { a: [a] })
      const fast = cold('-(b|)', { b: [b] })
      const stores = [fakeStore({ search: () => slow }), fakeStore({ search: () => fast })]

      expectObservable(of(query).pipe(retrieve(stores), map(ids))).toBe('---(r|)', { r: ['a', 'b'] })
      expectSubscriptions(slow.subscriptions).toBe('^--!')
      expectSubscriptions(fast.subscriptions).toBe('^!')
    })
  })

  it('says how much was searched, over all stores', async () => {
    const result = await found(query, [finding([a]), finding([])])

    expect(result.searched).toEqual({ documents: 20, passages: 200 })
  })

  it('embeds the question and searches both ways when it has an embedder', async () => {
    const asked: SearchRequest[] = []

    const result = await found(query, finding([a], asked), { embedder })

    expect(asked).toEqual([{ text: query.question, topK: 5, retrieval: 'hybrid', embedding }])
    expect(result.embedding).toBe(embedding)
    expect(result.marks?.map(({ name }) => name)).toEqual(['embedded', 'retrieved'])
  })

  it('asks no embedder for a search by words, or for a question that is embedded already', async () => {
    const forbidden: Embedder = { id: 'fake', embed: () => throwError(() => new Error('asked')) }
    const asked: SearchRequest[] = []

    await found(query, finding([a], asked), { embedder: forbidden, retrieval: 'bm25' })
    await found({ ...query, embedding }, finding([a], asked), { embedder: forbidden, retrieval: 'vector' })

    expect(asked.map(({ retrieval }) => retrieval)).toEqual(['bm25', 'vector'])
  })

  it('keeps the marks so far and adds its own', async () => {
    const result = await found({ ...query, marks: [{ type: 'mark', name: 'accepted', attempt: 0, at: 0 }] }, finding([a]))

    expect(result.marks?.map(({ name }) => name)).toEqual(['accepted', 'retrieved'])
    expect(result.marks?.[1]?.at).toBeGreaterThan(0)
  })

  it('gives a question about the whole a sample instead of the best matches', async () => {
    const counts: number[] = []
    const store = fakeStore({ sample: (count) => (counts.push(count), of([a, b])) })

    expect(await found(overview, store)).toMatchObject({ kind: 'overview', passages: [a, b], searched: { documents: 10, passages: 100 } })
    expect(await found(overview, [store, store])).toMatchObject({ kind: 'overview', passages: [a, b, a, b] })
    expect(counts).toEqual([40, 20, 20])
  })

  it('searches for a question about the whole when told so', async () => {
    expect(await found(overview, finding([a]), { overview: false })).toMatchObject({ kind: 'lookup', passages: [a] })
  })

  describe('with other formulations of the question', () => {
    const expanded: Query = { ...query, formulations: ['bound mergeMap', 'concurrency'] }
    const byText: Readonly<Record<string, readonly ScoredPassage[]>> = { [query.question]: [a, b], 'bound mergeMap': [b, c], concurrency: [b] }
    const answering = (asked: SearchRequest[] = []) => fakeStore({ search: (request) => (asked.push(request), of(byText[request.text] ?? [])) })

    it('searches for all of them and fuses what is found by reciprocal rank', async () => {
      const asked: SearchRequest[] = []

      const result = await found(expanded, answering(asked), { topK: 2 })

      expect(asked).toEqual([query.question, 'bound mergeMap', 'concurrency'].map((text) => ({ text, topK: 2, retrieval: 'bm25' })))
      expect(result.passages).toEqual([{ ...b, score: 1 / 62 + 1 / 61 + 1 / 61 }, { ...a, score: 1 / 61 }])
    })

    it('searches every store for every one, all at once', () => {
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const slow = cold('---(a|)', { a: [a] })
        const fast = cold('-(b|)', { b: [b] })

        expectObservable(of(expanded).pipe(retrieve([fakeStore({ search: () => slow }), fakeStore({ search: () => fast })]), map(ids))).toBe('---(r|)', { r: ['a', 'b'] })
        expectSubscriptions(slow.subscriptions).toBe(['^--!', '^--!', '^--!'])
        expectSubscriptions(fast.subscriptions).toBe(['^!', '^!', '^!'])
      })
    })

    it('embeds question and formulations in one request, or the formulations alone', async () => {
      const requests: (readonly string[])[] = []
      const numbering: Embedder = { id: 'fake', embed: (texts) => (requests.push(texts), of(texts.map((text) => Float32Array.of(text.length)))) }
      const asked: SearchRequest[] = []

      const result = await found(expanded, answering(asked), { embedder: numbering, retrieval: 'vector' })
      await found({ ...expanded, embedding }, answering(asked), { embedder: numbering, retrieval: 'vector' })

      expect(requests).toEqual([[query.question, 'bound mergeMap', 'concurrency'], ['bound mergeMap', 'concurrency']])
      expect(asked.map((request) => request.embedding)).toEqual([...[24, 14, 11].map((length) => Float32Array.of(length)), embedding, Float32Array.of(14), Float32Array.of(11)])
      expect(result.embedding).toEqual(Float32Array.of(24))
    })

    it('refuses another number of embeddings', async () => {
      await expect(found(expanded, answering(), { embedder: { id: 'fake', embed: () => of([embedding]) } })).rejects.toThrow('Expected 3 embeddings from fake, got 1')
    })
  })

  it('finds nothing without a complaint', async () => {
    expect(await found(query, finding([]))).toMatchObject({ passages: [] })
    expect(await found(query, [finding([]), finding([])])).toMatchObject({ passages: [] })
  })

  it('answers questions one after another, also when they come at once', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('qq|      ', { q: query })
      const search = cold('--(a|)', { a: [a] })

      expectObservable(source.pipe(retrieve(fakeStore({ search: () => search })), map(ids))).toBe('--a-(a|)', { a: ['a'] })
      expectSubscriptions(search.subscriptions).toBe(['^-!', '--^-!'])
    })
  })

  it('passes on an empty source, a silent one, and a failing one', () => {
    marbles(({ cold, expectObservable }) => {
      const store = finding([a])
      expectObservable(cold<Query>('--|').pipe(retrieve(store))).toBe('--|')
      expectObservable(cold<Query>('---').pipe(retrieve(store))).toBe('---')
      expectObservable(cold<Query>('--#').pipe(retrieve(store))).toBe('--#')
    })
  })

  it('fails with the first store that fails and drops the others', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const waiting = cold<ScoredPassage[]>('-----')
      const failing = cold<ScoredPassage[]>('--#')

      expectObservable(of(query).pipe(retrieve([fakeStore({ search: () => waiting }), fakeStore({ search: () => failing })]))).toBe('--#')
      expectSubscriptions(waiting.subscriptions).toBe('^-!')
    })
  })

  it('ends search and embedding when it is unsubscribed', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const searching = cold<ScoredPassage[]>('-----')
      const embeddings = cold<Embedding[]>('-----')

      expectObservable(of(query).pipe(retrieve(fakeStore({ search: () => searching }))), '--!').toBe('-')
      expectObservable(of(query).pipe(retrieve(fakeStore({}), { embedder: { id: 'fake', embed: () => embeddings } })), '---!').toBe('-')
      expectSubscriptions(searching.subscriptions).toBe('^-!')
      expectSubscriptions(embeddings.subscriptions).toBe('^--!')
    })
  })

  it('fails when the embedder fails', async () => {
    const failing: Embedder = { id: 'fake', embed: () => throwError(() => new Error('no key')) }

    await expect(found(query, finding([a]), { embedder: failing })).rejects.toThrow('no key')
  })

  it('never loses a question silently: an embedder or a store that gives nothing is an error', async () => {
    await expect(found(query, finding([a]), { embedder: { id: 'fake', embed: () => of([]) } })).rejects.toThrow(ContractError)
    await expect(found(query, finding([a]), { embedder: { id: 'fake', embed: () => EMPTY } })).rejects.toThrow(ContractError)
    await expect(found(query, fakeStore({ search: () => EMPTY }))).rejects.toThrow(ContractError)
    await expect(found(query, [finding([a]), fakeStore({ search: () => EMPTY })])).rejects.toThrow(ContractError)
    await expect(found(overview, fakeStore({ sample: () => EMPTY }))).rejects.toThrow(ContractError)
    await expect(found(query, fakeStore({ search: () => of([a]), stats: () => EMPTY }))).rejects.toThrow(ContractError)
  })

  it('fails when a store throws instead of returning a stream', async () => {
    const broken = fakeStore({ search: () => { throw new Error('broken') } })

    await expect(found(query, broken)).rejects.toThrow('broken')
  })

  it('retrieves for 10,000 questions of which most are answered at once', async () => {
    let asked = 0
    const cached = fakeStore({ search: () => (asked++ === 0 ? of([a]).pipe(delay(1)) : of([a])) })

    const all = await lastValueFrom(range(0, 10_000).pipe(map((index) => ({ ...query, id: String(index) })), retrieve(cached), toArray()))

    expect(all.map(({ id }) => id)).toEqual(Array.from({ length: 10_000 }, (_, index) => String(index)))
  })

  it.each([
    ['no store', [], {}],
    ['topK 0', finding([]), { topK: 0 }],
    ['topK 1.5', finding([]), { topK: 1.5 }],
    ['vector without an embedder', finding([]), { retrieval: 'vector' }],
    ['hybrid without an embedder', finding([]), { retrieval: 'hybrid' }],
  ] satisfies [string, PassageStore | PassageStore[], RetrieveOptions][])('refuses %s at the call', (_, stores, options) => {
    expect(() => retrieve(stores, options)).toThrow(InvalidOptionError)
  })

  it('is an operator from a query to one with its passages', () => {
    expectTypeOf(NEVER.pipe(retrieve(finding([])))).toEqualTypeOf(of<RetrievedQuery>())
  })
})
