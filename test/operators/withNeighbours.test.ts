import fc from 'fast-check'
import { firstValueFrom, lastValueFrom, map, of, range, throwError, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { ContractError, InvalidOptionError, RagError } from '../../src/errors.ts'
import { splitDocument } from '../../src/operators/splitDocument.ts'
import { type WithNeighboursOptions, withNeighbours } from '../../src/operators/withNeighbours.ts'
import { memoryStore } from '../../src/stores/memoryStore.ts'
import type { Document, Passage, ScoredPassage } from '../../src/types/document.ts'
import type { PassageStore } from '../../src/types/ports.ts'
import type { RetrievedQuery } from '../../src/types/query.ts'
import { fakeStore } from '../support/fakeStore.ts'
import { marbles } from '../support/marbles.ts'
import { retrievedQuery } from '../support/retrievedQuery.ts'
import { passage, scoredPassage } from '../support/passage.ts'

/** Eight passages of one line of six letters, joined by line breaks. */
const text = Array.from('abcdefgh', (letter) => letter.repeat(6)).join('\n')
const pieces = Array.from('abcdefgh', (_, place): Passage => passage(text.slice(place * 7, place * 7 + 6), { id: `d#${place}`, documentId: 'd', start: place * 7, line: place + 1 }))
const hits = (...places: readonly number[]): ScoredPassage[] => places.map((place, rank) => ({ ...pieces[place]!, score: 9 - rank }))

async function storeOf(passages: readonly Passage[]): Promise<PassageStore> {
  const store = memoryStore()
  for (const id of new Set(passages.map(({ documentId }) => documentId))) {
    await firstValueFrom(store.upsert({ document: { id }, fingerprint: 'f' }, passages.filter(({ documentId }) => documentId === id)))
  }
  return store
}
const store = await storeOf(pieces)
const widened = async (passages: readonly ScoredPassage[], options: Partial<WithNeighboursOptions> = {}, more: Partial<RetrievedQuery> = {}) =>
  (await lastValueFrom(of(retrievedQuery(passages, more)).pipe(withNeighbours({ store, ...options })))).passages
const spans = (passages: readonly ScoredPassage[]) => passages.map(({ id, start, end }) => `${id} ${start / 7}-${(end + 1) / 7}`)

describe('withNeighbours', () => {
  it('widens a passage by one before and one behind, and keeps its id and score', async () => {
    expect(await widened(hits(3))).toEqual([
      { id: 'd#3', documentId: 'd', text: text.slice(14, 34), start: 14, end: 34, tokens: 18, headings: [], line: 3, score: 9 },
    ])
  })

  it('takes as many as asked for on each side, and what is there at the ends', async () => {
    expect(spans(await widened(hits(3), { before: 2, after: 0 }))).toEqual(['d#3 1-4'])
    expect(spans(await widened(hits(0), { before: 5, after: 1 }))).toEqual(['d#0 0-2'])
    expect(spans(await widened(hits(7), { before: 0, after: 3 }))).toEqual(['d#7 7-8'])
    expect(spans(await widened(hits(4), { whole: true }))).toEqual(['d#4 0-8'])
  })

  it('makes one of passages that overlap or touch, at the rank of the best', async () => {
    expect(spans(await widened(hits(5, 1, 3)))).toEqual(['d#5 0-7'])
    expect(spans(await widened(hits(6, 2)))).toEqual(['d#6 5-8', 'd#2 1-4'])
    expect(spans(await widened(hits(5, 2), { after: 0 }))).toEqual(['d#5 4-6', 'd#2 1-3'])
    expect(spans(await widened(hits(4, 3), { before: 0, after: 0 }))).toEqual(['d#4 3-5'])
    expect(spans(await widened(hits(1, 6), { whole: true }))).toEqual(['d#1 0-8'])
  })

  it('gives the best passage its neighbours first, the nearest first, within the tokens of all', async () => {
    expect(spans(await widened(hits(2, 6), { before: 2, after: 2, maxTokens: 12 + 6 }))).toEqual(['d#2 1-3', 'd#6 6-7'])
    expect(spans(await widened(hits(2, 6), { before: 2, after: 2, maxTokens: 12 + 18 }))).toEqual(['d#2 0-4', 'd#6 6-7'])
    expect(spans(await widened(hits(4), { whole: true, maxTokens: 24 }))).toEqual(['d#4 2-6'])
    expect(spans(await widened(hits(2, 6), { maxTokens: 1 }))).toEqual(['d#2 2-3', 'd#6 6-7'])
  })

  it('repeats nothing where passages overlap', async () => {
    const lapping = [0, 4, 8, 12].map((start, place) => passage(text.slice(start, start + 10), { id: `d#${place}`, documentId: 'd', start }))

    const [whole] = await widened([{ ...lapping[1]!, score: 1 }], { store: await storeOf(lapping), whole: true })

    expect(whole).toMatchObject({ id: 'd#1', start: 0, end: 22, text: text.slice(0, 22) })
  })

  it('is not widened over blanks that are not known for sure', async () => {
    const [first, second] = [passage('one', { id: 'd#0', documentId: 'd' }), passage('two', { id: 'd#1', documentId: 'd', start: 6, line: 2 })]

    expect(await widened([{ ...second, score: 1 }], { store: await storeOf([first, second]) })).toEqual([{ ...second, score: 1 }])
  })

  it('has the headings that all of it has above it, and the page where it begins', async () => {
    const [x, y] = [{ ...pieces[0]!, headings: ['One', 'Two'], page: 3 }, { ...pieces[1]!, headings: ['One', 'Three'], page: 4 }]

    expect((await widened([{ ...y, score: 1 }], { store: await storeOf([x, y]) }))[0]).toMatchObject({ id: 'd#1', headings: ['One'], page: 3, line: 1 })
  })

  it('gives the text of the document, whatever is split, found and asked for', async () => {
    const paragraph = fc.constantFrom('Herons wait. They stand still.', '# Water', '- one\n- two', 'A 🦓 runs.\n', '```\ncode  here\n```', 'x  y z', '\n\n', '    indented')
    await fc.assert(
      fc.asyncProperty(
        fc.array(paragraph, { minLength: 1, maxLength: 14 }), fc.constantFrom('\n', '\n\n', ' ', '\n \n'), fc.array(fc.nat({ max: 20 }), { minLength: 1, maxLength: 4 }), fc.nat({ max: 3 }), fc.nat({ max: 3 }), fc.boolean(), fc.nat({ max: 5 }),
        async (paragraphs, between, places, before, after, whole, overlapTokens) => {
          const document: Document = { id: 'doc', text: paragraphs.join(between) }
          const made = [...splitDocument(document, { passageTokens: 12, overlapTokens })]
          const found = [...new Set(places)].flatMap((place, rank) => made.slice(place, place + 1).map((one) => ({ ...one, score: -rank })))
          const result = await widened(found, { store: await storeOf(made), before, after, whole })

          for (const one of result) {
            expect(one.text).toBe(document.text.slice(one.start, one.end))
            expect(one.line).toBe(document.text.slice(0, one.start).split('\n').length)
          }
          for (const { start, end } of found) expect(result.filter((one) => one.start <= start && one.end >= end).length).toBeGreaterThan(0)
          expect(result.map(({ score }) => score)).toEqual(result.map(({ score }) => score).toSorted((a, b) => b - a))
          expect(new Set(result.map(({ id }) => id)).size).toBe(result.length)
        },
      ),
      { numRuns: 200 },
    )
  })

  it('asks all stores, and widens by the one that has the passage as it was found', async () => {
    const others = await storeOf(pieces.map((one) => ({ ...one, text: one.text.toUpperCase() })))
    const upper = { ...hits(3)[0]!, text: 'DDDDDD' }

    expect((await widened([upper, ...hits(3)], { store: [store, others] })).map((one) => one.text)).toEqual([text.slice(14, 34).replace(/\w/g, (letter) => letter.toUpperCase()), text.slice(14, 34)])
  })

  it('leaves alone what the store no longer has so, and a sample of the whole', async () => {
    const changed = [{ ...hits(3)[0]!, text: 'other' }, scoredPassage('gone')]

    expect(await widened(changed)).toEqual(changed)
    const sample = hits(1, 5)
    expect(await widened(sample, {}, { kind: 'overview' })).toBe(sample)
    expect(await widened([])).toEqual([])
  })

  it('asks for the neighbours alone, widens queries one after another, and drops requests with the stream', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const asked: unknown[] = []
      const answer = cold<readonly Passage[]>('--(p|)', { p: pieces })
      const slow = fakeStore({ passages: (...request) => (asked.push(request), answer) })
      const source = cold('qq|', { q: retrievedQuery(hits(4)) })

      expectObservable(source.pipe(withNeighbours({ store: slow, before: 1, after: 2 }), map(({ passages }) => passages.length)), '^--!').toBe('--1-', { 1: 1 })
      expectSubscriptions(answer.subscriptions).toBe(['^-!', '--^!'])
    })
  })

  it('asks for a window of each passage', async () => {
    const asked: unknown[] = []
    const telling = fakeStore({ passages: (...request) => (asked.push(request), store.passages(...request)) })

    await widened(hits(0, 4), { store: telling, before: 1, after: 2 })

    expect(asked).toEqual([['d', { from: 0, to: 2 }], ['d', { from: 3, to: 6 }]])
  })

  it('reads a whole document once for all of its passages, anew for each query', async () => {
    const asked: unknown[] = []
    const other = pieces.map((one) => ({ ...one, id: one.id.replace('d', 'e'), documentId: 'e' }))
    const both = await storeOf([...pieces, ...other])
    const telling = fakeStore({ passages: (...request) => (asked.push(request), both.passages(...request)) })
    const found = [...hits(6, 0), { ...other[3]!, score: 1 }, ...hits(3)]

    expect(spans(await widened(found, { store: telling, whole: true }))).toEqual(['d#6 0-8', 'e#3 0-8'])
    expect(asked).toEqual([['d', undefined], ['e', undefined]])
    await widened(found, { store: telling, whole: true })
    expect(asked).toHaveLength(4)
  })

  it('passes on an empty source, a silent one, a failing one, and a failing store', async () => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold<RetrievedQuery>('--|').pipe(withNeighbours({ store }))).toBe('--|')
      expectObservable(cold<RetrievedQuery>('---').pipe(withNeighbours({ store }))).toBe('---')
      expectObservable(cold<RetrievedQuery>('--#').pipe(withNeighbours({ store }))).toBe('--#')
    })
    const broken = new RagError('broken', 'broken')
    await expect(widened(hits(1), { store: fakeStore({ passages: () => throwError(() => broken) }) })).rejects.toBe(broken)
    await expect(widened([{ ...hits(1)[0]!, id: 'another' }])).rejects.toThrow(ContractError)
  })

  it('widens 10,000 queries that come at once', async () => {
    const all = await lastValueFrom(range(0, 10_000).pipe(map((id) => ({ ...retrievedQuery(hits(3)), id: String(id) })), withNeighbours({ store }), map(({ id }) => id), toArray()))

    expect(all).toEqual(Array.from({ length: 10_000 }, (_, id) => String(id)))
  })

  it('refuses options that cannot work, at the call', () => {
    for (const bad of [{ before: -1 }, { after: 0.5 }, { maxTokens: 0 }, { store: [] }]) expect(() => withNeighbours({ store, ...bad })).toThrow(InvalidOptionError)
  })
})
