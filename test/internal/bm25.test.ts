import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createBm25 } from '../../src/internal/bm25.ts'

describe('createBm25', () => {
  it('weighs a term by how rare it is, how often it stands there, and how long the passage is', () => {
    const index = createBm25()
    index.add(1, ['rain', 'rain', 'sun'])
    index.add(2, ['rain', 'wind', 'wind', 'wind', 'wind'])
    index.add(3, ['snow'])

    // By hand: 3 passages of 3, 5 and 1 terms, mean 3; 'rain' stands in 2 of them.
    const idf = Math.log(1 + (3 - 2 + 0.5) / (2 + 0.5))
    expect(index.score(['rain'])).toEqual(new Map([
      [1, expect.closeTo((idf * 2 * 2.2) / (2 + 1.2 * (0.25 + 0.75 * (3 / 3))), 12)],
      [2, expect.closeTo((idf * 1 * 2.2) / (1 + 1.2 * (0.25 + 0.75 * (5 / 3))), 12)],
    ]))
  })

  it('sums over the different terms of a question, each once', () => {
    const index = createBm25()
    index.add(1, ['a', 'b'])
    index.add(2, ['c'])
    const alone = (term: string) => index.score([term]).get(1) ?? 0

    expect(index.score(['a', 'b', 'a', 'unknown']).get(1)).toBeCloseTo(alone('a') + alone('b'), 12)
  })

  it('gives every passage that holds a term a score above 0, also when all do', () => {
    const index = createBm25()
    for (let passage = 0; passage < 10; passage++) index.add(passage, ['same'])

    expect([...index.score(['same']).values()].every((score) => score > 0)).toBe(true)
  })

  it('is after removals as if the removed had never been there', () => {
    const terms = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'constructor', '__proto__'), { maxLength: 6 })
    fc.assert(
      fc.property(fc.array(fc.tuple(terms, fc.boolean()), { maxLength: 12 }), (passages) => {
        const [both, kept] = [createBm25(), createBm25()]
        for (const [number, [words]] of passages.entries()) both.add(number, words)
        for (const [number, [words, keep]] of passages.entries()) {
          if (keep) kept.add(number, words)
          else both.remove(number)
        }
        expect(both.score(['a', 'b', 'c', '__proto__'])).toEqual(kept.score(['a', 'b', 'c', '__proto__']))
      }),
      { numRuns: 300 },
    )
  })

  it('takes the removal of what is not there', () => {
    const index = createBm25()
    index.remove(5)
    index.add(1, ['a'])

    expect(index.score(['a']).size).toBe(1)
    expect(createBm25().score(['a']).size).toBe(0)
  })
})
