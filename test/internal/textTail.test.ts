import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TextTail } from '../../src/internal/textTail.ts'

describe('TextTail', () => {
  it('has the end of the whole text at any time, however it was cut', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 9 }), { maxLength: 300 }), fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 80 }), (pieces, length, every) => {
        const tail = new TextTail(length)
        let whole = ''
        for (const [index, piece] of pieces.entries()) {
          tail.add(piece)
          whole += piece
          if (index % every === 0) expect(tail.view()).toBe(whole.slice(-length))
        }
        expect(tail.view()).toBe(whole.slice(-length))
      }),
    )
  })
})
