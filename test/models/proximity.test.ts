import fc from 'fast-check'
import { firstValueFrom, lastValueFrom, of } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { proximity } from '../../src/models/proximity.ts'
import { smallestWindow } from '../../src/models/proximity/smallestWindow.ts'
import { rerank } from '../../src/operators/rerank.ts'
import type { ScoredPassage } from '../../src/types/document.ts'
import { retrievedQuery } from '../support/retrievedQuery.ts'
import { scoredPassage } from '../support/passage.ts'

const order = async (question: string, passages: readonly ScoredPassage[]) => {
  const { passages: ranked } = await lastValueFrom(of(retrievedQuery(passages, { question })).pipe(rerank(proximity(), { topK: 100 })))
  return ranked.map(({ text }) => text)
}

describe('proximity', () => {
  it.each([
    ['that has the words next to each other', 'heat transfer', 'transfer of coal and later of heat', 'heat transfer in coal and later'],
    ['that has them in the order of the question', 'heat transfer', 'coal transfer heat', 'coal heat transfer'],
    ['that has them closer together', 'boundary pressure', `pressure ${'coal '.repeat(20)} boundary`, `pressure coal boundary ${'coal '.repeat(19)}`],
    ['that has more of them', 'heron water fish', 'heron water stone', 'heron water fish'],
  ])('prefers, of two with equal scores, the passage %s', async (_, question, worse, better) => {
    expect(await order(question, [scoredPassage(worse, 3), scoredPassage(better, 3)])).toEqual([better, worse])
  })

  it('prefers the passage under a heading with the words', async () => {
    const [plain, titled] = [scoredPassage('it waits', 3), scoredPassage('it stands', 3, { headings: ['The heron'] })]

    expect(await order('heron', [plain, titled])).toEqual(['it stands', 'it waits'])
  })

  it('leaves a much better score of the first ranking in front', async () => {
    const [first, second] = [scoredPassage('transfer of coal and later of heat', 30), scoredPassage('heat transfer', 3)]

    expect(await order('heat transfer', [first, second])).toEqual([first.text, second.text])
  })

  it('lets a rare word weigh more than one that all have', async () => {
    const passages = ['pump oil', 'pump gasket', 'pump water'].map((text) => scoredPassage(text, 3))

    expect((await order('pump gasket', passages))[0]).toBe('pump gasket')
  })

  it('keeps the order for a question of stop words, and takes scores of any kind', async () => {
    expect(await order('what is the', [scoredPassage('b', 2), scoredPassage('a', 1)])).toEqual(['b', 'a'])
    expect(await order('heron', [scoredPassage('coal', -1), scoredPassage('heron', -2)])).toEqual(['heron', 'coal'])
    expect(await firstValueFrom(proximity().rerank('heron', []))).toEqual([])
  })

  it('returns every passage as it was with a score from 0 to the sum of the weights, whatever the texts', async () => {
    const word = fc.constantFrom('heron', 'water', 'waits', 'the', 'mergeMap', '東京', '', 'a.b', '\u0000', '🦓')
    const text = fc.array(word, { maxLength: 12 }).map((words) => words.join(' '))
    await fc.assert(
      fc.asyncProperty(text, fc.array(fc.tuple(text, fc.double({ min: -5, max: 50, noNaN: true })), { maxLength: 8 }), async (question, given) => {
        const passages = given.map(([words, score], index) => scoredPassage(words, score, { id: `d#${index}` }))
        const ranked = await firstValueFrom(proximity().rerank(question, passages))

        expect(ranked.map((passage) => ({ ...passage, score: 0 }))).toEqual(passages.map((passage) => ({ ...passage, score: 0 })))
        expect(ranked.every(({ score }) => score >= 0 && score <= 1.1 + 1e-9)).toBe(true)
        expect(await firstValueFrom(proximity().rerank(question, passages))).toEqual(ranked)
      }),
    )
  })

  it('ranks more passages than a call takes arguments', async () => {
    const many = Array.from({ length: 130_000 }, (_, index) => scoredPassage(index === 129_999 ? 'heron' : 'coal', 3, { id: `d#${index}` }))

    const scores = (await firstValueFrom(proximity().rerank('heron', many))).map(({ score }) => score)

    expect(scores).toHaveLength(130_000)
    expect(scores.at(-1)).toBeGreaterThan(scores[0]!)
  })

  it('takes a passage that repeats the words ten thousand times', async () => {
    const hostile = scoredPassage('heron water '.repeat(10_000), 1)

    expect(await order('heron water', [scoredPassage('stone', 1), hostile])).toEqual([hostile.text, 'stone'])
  })
})

describe('smallestWindow', () => {
  it('is the shortest run that holds every term, as trying all runs finds it', () => {
    const terms = fc.array(fc.constantFrom('a', 'b', 'c', '-', '-'), { maxLength: 20 })
    fc.assert(
      fc.property(terms, (words) => {
        const places = new Map<string, number[]>()
        for (const [place, word] of words.entries()) if (word !== '-') places.set(word, [...(places.get(word) ?? []), place])
        const runs = words.flatMap((_, start) => words.slice(start).map((__, length) => words.slice(start, start + length + 1)))
        const holding = runs.filter((run) => [...places.keys()].every((term) => run.some((word) => word === term)))

        expect(smallestWindow(places)).toBe(places.size === 0 ? 0 : Math.min(...holding.map(({ length }) => length)))
      }),
    )
  })
})
