import { describe, expect, it } from 'vitest'
import { barsOf } from '../../../src/cli/demo/bars.ts'

const plain = (text: string) => text
const stage = { width: 43, paint: { bold: plain, dim: plain, red: plain, green: plain } }

describe('barsOf', () => {
  it('grows by the time that passes: dots while there is nothing to read, then solid', () => {
    const lines = barsOf({ streamed: { askedAt: 0, firstMs: 1000 }, whole: { askedAt: 0 }, nowNs: 2e9, fullMs: 4000 }, stage)

    expect(lines).toEqual([
      '   streaming    first words 1.00 s   whole answer ...',
      `   ${'·'.repeat(10)}${'█'.repeat(10)}`,
      '',
      '   all at once  first words ...   whole answer ...',
      `   ${'·'.repeat(20)}`,
    ])
  })

  it('fills the width with the one that took longest, and shows text that came at the very end', () => {
    const streamed = { askedAt: 0, firstMs: 500, wholeMs: 2500 }
    const [, first, , , second] = barsOf({ streamed, whole: { askedAt: 0, firstMs: 5000, wholeMs: 5000 }, nowNs: 9e9, fullMs: 4000 }, stage)

    expect(first).toBe(`   ${'·'.repeat(4)}${'█'.repeat(16)}`)
    expect(second).toBe(`   ${'·'.repeat(39)}█`)
  })

  it('is never longer than the width, at any moment', () => {
    for (let nowNs = 0; nowNs < 6e9; nowNs += 37e6) {
      const lines = barsOf({ streamed: { askedAt: 0, firstMs: 400 }, whole: { askedAt: 1e6 }, nowNs, fullMs: 4000 }, stage)
      expect(Math.max(...lines.filter((line) => /[·█]/.test(line)).map(({ length }) => length))).toBeLessThanOrEqual(stage.width)
    }
  })
})
