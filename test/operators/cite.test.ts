import { NEVER, concat, from, lastValueFrom, of, range, map, throwError, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { cite } from '../../src/operators/cite.ts'
import type { Chunk, SourcesChunk } from '../../src/types/chunk.ts'
import { finish, reset, text, usage } from '../support/chunks.ts'
import { marbles } from '../support/marbles.ts'
import { scoredPassage } from '../support/passage.ts'

const passages = [
  scoredPassage('The kettle holds two litres. It boils water in three minutes. It is red.', 2, { documentId: 'kettle.md' }),
  scoredPassage('The warranty lasts five years from the day of purchase.', 1, { documentId: 'warranty.md' }),
]
const sources: SourcesChunk = { type: 'sources', passages }
const answer = 'The kettle boils water within three minutes [1]. It is covered for years after purchase[2]. Nobody knows the price [7].'

const citationsOf = async (chunks: readonly Chunk[]) =>
  (await lastValueFrom(from(chunks).pipe(cite(), toArray()))).filter((chunk) => chunk.type === 'citation')

describe('cite', () => {
  it('says which passage a marker means, where it stands, and which sentence supports what is said before it', async () => {
    const first = answer.indexOf('[1]')
    expect(await citationsOf([sources, text(answer), usage(), finish()])).toEqual([
      { type: 'citation', marker: 1, passageId: passages[0]!.id, start: first, end: first + 3, quote: 'It boils water in three minutes.', valid: true },
      expect.objectContaining({ marker: 2, passageId: passages[1]!.id, quote: passages[1]!.text, valid: true }),
      { type: 'citation', marker: 7, start: answer.indexOf('[7]'), end: answer.indexOf('[7]') + 3, valid: false },
    ])
  })

  it('gives the same citations wherever the text is cut, and passes the text on unchanged', async () => {
    const whole = await citationsOf([sources, text(answer), usage(), finish()])
    for (let cut = 1; cut < answer.length; cut++) {
      const chunks = await lastValueFrom(of(sources, text(answer.slice(0, cut)), text(answer.slice(cut)), usage(), finish()).pipe(cite(), toArray()))
      expect(chunks.filter(({ type }) => type === 'citation')).toEqual(whole)
      expect(chunks.map((chunk) => (chunk.type === 'text' ? chunk.text : '')).join('')).toBe(answer)
    }
  })

  it('passes text at once, and a citation behind it, before usage', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const chunks = { s: sources, a: text('Red [1'), b: text(']'), c: text('. '), u: usage(), f: finish() } satisfies Record<string, Chunk>
      const source = cold<Chunk>('s-a-b-c----(uf|)', chunks)
      expectObservable(source.pipe(cite())).toBe('s-a-b-(cx)-(uf|)', {
        ...chunks, x: { type: 'citation', marker: 1, passageId: passages[0]!.id, start: 4, end: 7, quote: 'It is red.', valid: true },
      })
      expectSubscriptions(source.subscriptions).toBe('^----------!')
    })
  })

  it('leaves an array alone of which no number is known, and flags the unknown ones of a list', async () => {
    expect(await citationsOf([sources, text('The array [10, 20, 30] and both [2, 30].'), finish()])).toMatchObject([
      { marker: 2, valid: true }, { marker: 30, valid: false },
    ])
  })

  it('does not cite again what the model cites itself', async () => {
    const own = { type: 'citation', marker: 1, passageId: 'own', start: 5, end: 8, valid: true } as const
    expect(await citationsOf([sources, text('Fast [1]'), own, text(' or [2].'), finish()])).toMatchObject([{ passageId: 'own' }, { marker: 2 }])
  })

  it('begins to count again after a reset, and keeps each part to itself', async () => {
    expect(await citationsOf([sources, text('Long before [1]'), reset, text('Red [1].'), finish()])).toMatchObject([{ start: 4 }])
    const parted: Chunk[] = [
      { ...sources, part: 'a' }, { type: 'sources', passages: [passages[1]!], part: 'b' },
      { type: 'text', text: 'Red [', part: 'a' }, { type: 'text', text: 'Years [1].', part: 'b' }, { type: 'text', text: '1]', part: 'a' }, finish(),
    ]
    expect(await citationsOf(parted)).toMatchObject([
      { part: 'a', passageId: passages[0]!.id, start: 4 }, { part: 'b', passageId: passages[1]!.id, start: 6 },
    ])
  })

  it('gives what waited before the error of a broken answer, ends with an empty one, waits with a silent one', () => {
    marbles(({ cold, expectObservable }) => {
      const chunks = { s: sources, a: text('Red [1]') } satisfies Record<string, Chunk>
      const citation = expect.objectContaining({ type: 'citation', marker: 1 }) as unknown as Chunk
      expectObservable(cold<Chunk>('sa-#', chunks).pipe(cite())).toBe('sa-(x#)', { ...chunks, x: citation })
      expectObservable(cold<Chunk>('|').pipe(cite())).toBe('|')
      expectObservable(NEVER.pipe(cite())).toBe('-')
      expectObservable(throwError(() => 'broken').pipe(cite())).toBe('#', undefined, 'broken')
    })
  })

  it('drops its source when it is dropped', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold<Chunk>('-a-a-a', { a: text('a') })
      expectObservable(source.pipe(cite()), '--!').toBe('-a', { a: text('a') })
      expectSubscriptions(source.subscriptions).toBe('^-!')
    })
  })

  it('bears 20,000 citations at once', async () => {
    const many = concat(of<Chunk>(sources), range(0, 20_000).pipe(map((): Chunk => text('so [1]. '))), of<Chunk>(finish()))
    const chunks = await lastValueFrom(many.pipe(cite(), toArray()))
    expect(chunks).toHaveLength(40_002)
  })
})
