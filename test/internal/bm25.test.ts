import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Bm25, createBm25 } from '../../src/internal/bm25.ts'

const search = (index: Bm25, terms: readonly string[], phrases: readonly string[][] = [], accepts?: (passage: number) => boolean) =>
  index.search({ terms, phrases }, 1000, accepts)
const scores = (index: Bm25, terms: readonly string[]) => new Map(search(index, terms).map(({ passage, score }) => [passage, score]))
const found = (index: Bm25, phrases: readonly string[][], accepts?: (passage: number) => boolean) =>
  search(index, phrases.flat(), phrases, accepts).map(({ passage }) => passage).toSorted((a, b) => a - b)

describe('createBm25', () => {
  it('weighs a term by how rare it is, how often it stands there, and how long the passage is', () => {
    const fill = (index: Bm25) => {
      index.add(1, ['rain', 'rain', 'sun'])
      index.add(2, ['rain', 'wind', 'wind', 'wind', 'wind'])
      index.add(3, ['snow'])
      return index
    }

    // By hand: 3 passages of 3, 5 and 1 terms, mean 3; 'rain' stands in 2 of them.
    const idf = Math.log(1 + (3 - 2 + 0.5) / (2 + 0.5))
    expect(scores(fill(createBm25()), ['rain'])).toEqual(new Map([
      [1, expect.closeTo((idf * 2 * 2.2) / (2 + 1.2 * (0.25 + 0.75 * (3 / 3))), 12)],
      [2, expect.closeTo((idf * 1 * 2.2) / (1 + 1.2 * (0.25 + 0.75 * (5 / 3))), 12)],
    ]))
    expect(scores(fill(createBm25({ k1: 0.5, b: 0 })), ['rain'])).toEqual(new Map([
      [1, expect.closeTo((idf * 2 * 1.5) / (2 + 0.5), 12)],
      [2, expect.closeTo((idf * 1 * 1.5) / (1 + 0.5), 12)],
    ]))
  })

  it('sums over the different terms of a question, each once', () => {
    const index = createBm25()
    index.add(1, ['a', 'b'])
    index.add(2, ['c'])
    const alone = (term: string) => scores(index, [term]).get(1) ?? 0

    expect(scores(index, ['a', 'b', 'a', 'unknown']).get(1)).toBeCloseTo(alone('a') + alone('b'), 12)
  })

  it('gives every passage that holds a term a score above 0, also when all do', () => {
    const index = createBm25()
    for (let passage = 0; passage < 10; passage++) index.add(passage, ['same'])

    expect(search(index, ['same'])).toHaveLength(10)
  })

  it('gives the best only, ties in order of adding, as if all had been sorted', () => {
    const terms = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 4 })
    fc.assert(fc.property(fc.array(terms, { maxLength: 300 }), fc.integer({ min: 1, max: 20 }), (passages, count) => {
      const index = createBm25()
      for (const [number, words] of passages.entries()) index.add(number, words)
      const all = search(index, ['a', 'b'])
      expect(index.search({ terms: ['a', 'b'], phrases: [] }, count)).toEqual(all.slice(0, count))
      expect(all).toEqual(all.toSorted((x, y) => y.score - x.score || x.passage - y.passage))
    }), { numRuns: 200 })
  })

  it('is after removals as if the removed had never been there', () => {
    const terms = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'constructor', '__proto__'), { maxLength: 6 })
    fc.assert(
      fc.property(fc.array(fc.tuple(terms, fc.boolean()), { maxLength: 200 }), (passages) => {
        const [both, kept] = [createBm25(), createBm25()]
        for (const [number, [words]] of passages.entries()) both.add(number, words)
        for (const [number, [words, keep]] of passages.entries()) {
          if (keep) kept.add(number, words)
          else both.remove(number)
        }
        expect(search(both, ['a', 'b', 'c', '__proto__'])).toEqual(search(kept, ['a', 'b', 'c', '__proto__']))
        expect(found(both, [['a', 'b']])).toEqual(found(kept, [['a', 'b']]))
      }),
      { numRuns: 300 },
    )
  })

  it('keeps to passages with all phrases, where there are any that are accepted', () => {
    const terms = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 6 })
    const phrase = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 })
    fc.assert(fc.property(fc.array(terms, { maxLength: 30 }), fc.array(phrase, { minLength: 1, maxLength: 2 }), (passages, phrases) => {
      const index = createBm25()
      for (const [number, words] of passages.entries()) index.add(number, words)
      const accepts = (number: number) => number % 3 > 0
      const numbers = [...passages.keys()].filter(accepts)
      const holding = numbers.filter((number) => phrases.every((each) => ` ${passages[number]!.join(' ')} `.includes(` ${each.join(' ')} `)))
      const withWords = numbers.filter((number) => phrases.flat().some((term) => passages[number]!.includes(term)))
      expect(found(index, phrases, accepts)).toEqual(holding.length > 0 ? holding : withWords)
    }), { numRuns: 300 })
  })

  it('takes the removal of what is not there', () => {
    const index = createBm25()
    index.remove(5)
    index.add(1, ['a'])

    expect(search(index, ['a'])).toHaveLength(1)
    expect(search(createBm25(), ['a'])).toEqual([])
  })
})
