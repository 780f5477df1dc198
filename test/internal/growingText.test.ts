import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GrowingText } from '../../src/internal/growingText.ts'

describe('GrowingText', () => {
  it('is the whole text at any time, however it was cut, and empty after it was cleared', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 9 }), { maxLength: 300 }), fc.integer({ min: 1, max: 80 }), (pieces, every) => {
        const text = new GrowingText()
        let whole = ''
        for (const [index, piece] of pieces.entries()) {
          text.add(piece)
          whole += piece
          if (index % every === 0) expect(text.view()).toBe(whole)
        }
        expect(text.view()).toBe(whole)
        text.clear()
        expect(text.view()).toBe('')
      }),
    )
  })
})
