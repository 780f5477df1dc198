import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GrowingText } from '../../src/internal/growingText.ts'
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

  it('is its own, though others get the same pieces, and others', () => {
    const [tail, same, other, whole] = [new TextTail(60), new TextTail(40), new TextTail(60), new GrowingText()]
    let [text, otherText] = ['', '']
    for (let number = 0; number < 200; number++) {
      const piece = 'ab'.repeat(number % 5) + number
      const otherPiece = number % 40 < 20 ? piece : `${piece} `
      for (const taker of [tail, same, whole]) taker.add(piece)
      other.add(otherPiece)
      text += piece
      otherText += otherPiece
    }
    expect([tail.view(), same.view(), whole.view(), other.view()]).toEqual([text.slice(-60), text.slice(-40), text, otherText.slice(-60)])
  })
})
