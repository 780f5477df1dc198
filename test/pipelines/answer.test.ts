import { NEVER, type Observable, catchError, concat, filter, firstValueFrom, last, lastValueFrom, mergeMap, of, throwError, toArray } from 'rxjs'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { expandQuestion } from '../../src/operators/expandQuestion.ts'
import { rerank } from '../../src/operators/rerank.ts'
import { type AnswerOptions, answer } from '../../src/pipelines/answer.ts'
import { fanOut } from '../../src/sinks/fanOut.ts'
import { toCompletion } from '../../src/sinks/toCompletion.ts'
import { memoryStore } from '../../src/stores/memoryStore.ts'
import type { Chunk, Usage } from '../../src/types/chunk.ts'
import type { CompletionRequest, Message } from '../../src/types/completion.ts'
import type { ScoredPassage } from '../../src/types/document.ts'
import type { Embedder, PassageStore, Reranker } from '../../src/types/ports.ts'
import { call, finish, text, usage } from '../support/chunks.ts'
import { fakeStore } from '../support/fakeStore.ts'
import { marbles } from '../support/marbles.ts'
import { scoredPassage } from '../support/passage.ts'
import { reporting, scriptedModel } from '../support/scriptedModel.ts'
import { passagesOf, storedDocument } from '../support/storedDocument.ts'

async function filled(): Promise<PassageStore> {
  const store = memoryStore()
  await firstValueFrom(store.upsert(storedDocument('docs/a'), passagesOf('docs/a', ['Apples are red.', 'Pears are green.'])))
  return store
}
const model = (requests: CompletionRequest[] = []) =>
  scriptedModel((request) => {
    requests.push(request)
    return reporting(of<Chunk[]>(text('Red '), text('[1].'), finish()), request, call(5, 2))
  })

describe('answer', () => {
  it('goes from the question over the passages to the whole answer', async () => {
    const requests: CompletionRequest[] = []

    const chunks = await lastValueFrom(answer('Which apples?', { store: await filled(), model: model(requests), id: '7' }).pipe(toArray()))

    expect(chunks.map((chunk) => (chunk.type === 'mark' ? chunk.name : chunk.type))).toEqual(
      ['accepted', 'retrieved', 'prompted', 'sources', 'text', 'text', 'citation', 'usage', 'finish'])
    expect(chunks.find(({ type }) => type === 'sources')).toMatchObject({ passages: [{ id: 'docs/a#0' }] })
    expect(chunks.slice(-2)).toEqual([usage(call(5, 2)), finish()])
    expect(requests[0]?.messages.at(-1)?.content).toContain('Apples are red.')
    expect(requests[0]?.query).toMatchObject({ id: '7', question: 'Which apples?', searched: { documents: 1, passages: 2 } })
  })

  it('asks the model too when nothing was found, so that it can say so', async () => {
    const chunks = await lastValueFrom(answer('zebra', { store: await filled(), model: model() }).pipe(toArray()))

    expect(chunks.find(({ type }) => type === 'sources')).toEqual({ type: 'sources', passages: [] })
    expect(chunks.at(-1)).toEqual(finish())
  })

  it('passes options on to every stage', async () => {
    const requests: CompletionRequest[] = []
    const history: Message[] = [{ role: 'user', content: 'Hello' }]
    const embedder: Embedder = { id: 'fake', embed: () => of([Float32Array.of(1)]) }
    const options: AnswerOptions = { store: await filled(), model: model(requests), topK: 1, embedder, system: 'Be short.', temperature: 0.5, history }

    const chunks = await lastValueFrom(answer('apples pears', options).pipe(toArray()))

    expect(chunks.find(({ type }) => type === 'sources')).toMatchObject({ passages: [expect.anything()] })
    expect(requests[0]).toMatchObject({ temperature: 0.5, messages: [{ role: 'system', content: 'Be short.' }, history[0], { role: 'user' }] })
  })

  describe('with what comes before and after the first ranking', () => {
    const used = { ...call(9, 4), purpose: 'rerank' }
    const reranker = (answered: Observable<readonly ScoredPassage[]>, settled = of<Chunk[]>(text('2'), finish())): Reranker => ({
      rerank: (_, __, onUsage) => reporting(settled, { messages: [], onUsage: () => onUsage?.(used) }, used).pipe(last(), mergeMap(() => answered)),
    })
    const turned: Reranker = { rerank: (_, passages, onUsage) => reranker(of(passages.toReversed().map((one, rank) => ({ ...one, score: -rank })))).rerank('', passages, onUsage) }

    it('searches for what `expand` made of the question, and reads what `afterRetrieve` made of the passages', async () => {
      const store = await filled()
      const options = { store, model: model(), expand: expandQuestion(() => ['pears']), afterRetrieve: rerank(turned, { topK: 1 }) }

      const chunks = await lastValueFrom(answer('Which red apples?', options).pipe(toArray()))

      expect(chunks.find(({ type }) => type === 'sources')).toMatchObject({ passages: [{ id: 'docs/a#1' }] })
      expect(chunks.flatMap((chunk) => (chunk.type === 'mark' ? chunk.name : []))).toEqual(['accepted', 'retrieved', 'reranked', 'prompted'])
      expect(chunks.find(({ type }) => type === 'usage')).toEqual(usage(used, call(5, 2)))
    })

    it('counts each subscription for itself', async () => {
      const chunks = answer('apples', { store: await filled(), model: model(), afterRetrieve: rerank(turned) })
      const usages = chunks.pipe(filter(({ type }) => type === 'usage'))

      expect([await lastValueFrom(usages), await lastValueFrom(usages)]).toEqual([usage(used, call(5, 2)), usage(used, call(5, 2))])
    })

    it('counts what was used when ranking fails, before the error and at the end', async () => {
      const ends: Usage[] = []
      const failing = reranker(of([]), throwError(() => new Error('broken')))

      const chunks = await lastValueFrom(answer('apples', { store: await filled(), model: model(), afterRetrieve: rerank(failing), onEnd: (end) => ends.push(end) }).pipe(
        catchError((error: Error) => of(error.message)), toArray()))

      expect(chunks).toEqual([usage(used), 'broken'])
      expect(ends).toEqual([usage(used)])
    })

    it('counts what was used when it is dropped, or stopped, while it ranks', () => {
      marbles(({ cold, expectObservable, flush }) => {
        const store = fakeStore({ search: () => of([scoredPassage('a')]) })
        const ends: Usage[] = []
        const ranking = { store, model: model(), afterRetrieve: rerank(reranker(of([]), NEVER)), onEnd: (end: Usage) => ends.push(end) }

        expectObservable(answer('apples', ranking), '^--!').toBe('----')
        expectObservable(answer('apples', { ...ranking, stop: cold('--s') })).toBe('--(uf|)', { u: usage(used), f: finish('stopped') })
        flush()
        expect(ends).toEqual([usage(used), usage(used)])
      })
    })
  })

  it('is cold: every subscription has its own id, and asks once', async () => {
    const requests: CompletionRequest[] = []
    const both = answer('apples', { store: await filled(), model: model(requests) })
    expect(requests).toHaveLength(0)

    await lastValueFrom(both)
    await lastValueFrom(both.pipe(fanOut(toCompletion(), toCompletion())))

    expect(requests).toHaveLength(2)
  })

  it('ends search, embedding or generation when it is dropped, whichever runs', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const embedding = cold<Float32Array[]>('-----')
      const search = cold<never[]>('-----')
      const generation = cold<Chunk>('-----')
      const embedder: Embedder = { id: 'fake', embed: () => embedding }
      const silent = scriptedModel(() => generation)
      const ofTypes = (options: AnswerOptions) => answer('apples', options).pipe(toArray())

      expectObservable(ofTypes({ store: fakeStore({}), model: silent, embedder }), '--!').toBe('-')
      expectObservable(ofTypes({ store: fakeStore({ search: () => search }), model: silent }), '--!').toBe('-')
      expectObservable(ofTypes({ store: fakeStore({ search: () => of([]) }), model: silent }), '--!').toBe('-')
      for (const { subscriptions } of [embedding, search, generation]) expectSubscriptions(subscriptions).toBe('^-!')
    })
  })

  it('ends with usage and finish when it is stopped while it retrieves', async () => {
    const stopped = answer('apples', { store: fakeStore({ search: () => NEVER }), model: model(), stop: concat(of(1), NEVER) })

    expect(await lastValueFrom(stopped.pipe(toArray()))).toEqual([usage(), finish('stopped')])
  })

  it.each([{ topK: 0 }, { maxInputTokens: 0 }, { retrieval: 'vector' as const }])('refuses %o at the call', (options) => {
    expect(() => answer('apples', { store: memoryStore(), model: model(), ...options })).toThrow(expect.objectContaining({ code: 'invalid-option' }))
  })

  it('is an Observable of chunks', () => {
    expectTypeOf(answer).returns.toEqualTypeOf(of<Chunk>())
  })
})
