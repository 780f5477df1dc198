import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sampleSpread } from '../../src/internal/sampleSpread.ts'

const sample = (sizes: number[], count: number) => sampleSpread(sizes, count).map(({ document, passage }) => `${document}.${passage}`)

describe('sampleSpread', () => {
  it('takes the first passage of every n-th of many documents', () => {
    expect(sample([1, 1, 1, 1, 1, 1, 1, 1, 1], 3)).toEqual(['0.0', '3.0', '6.0'])
  })

  it('takes several passages of few documents, evenly apart, more of the longer ones', () => {
    expect(sample([1, 9], 4)).toEqual(['0.0', '1.0', '1.3', '1.6'])
  })

  it('gives at most `count`, in order, all different, and all that exist, with a passage of every document when there is room', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(30), { maxLength: 30 }), fc.nat(40), (sizes, count) => {
        const pairs = sampleSpread(sizes, count)
        const total = sizes.reduce((sum, size) => sum + size, 0)
        const filled = sizes.filter((size) => size > 0).length
        expect(pairs.length).toBeLessThanOrEqual(count)
        expect(new Set(pairs.map(({ document }) => document)).size).toBe(Math.min(filled, count))
        if (total <= count) expect(pairs.length).toBe(total)
        const places = pairs.map(({ document, passage }) => document * 1000 + passage)
        expect(places).toEqual([...new Set(places)].toSorted((a, b) => a - b))
        for (const { document, passage } of pairs) expect(passage).toBeLessThan(sizes[document] ?? 0)
      }),
      { numRuns: 500 },
    )
  })
})
