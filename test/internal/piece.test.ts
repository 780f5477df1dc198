import { describe, expect, it } from 'vitest'
import { Piece } from '../../src/internal/piece.ts'

const utf8 = (text: string) => new TextEncoder().encode(text)

describe('Piece', () => {
  it('puts texts one behind the other, as they are and as JSON, however long', () => {
    const piece = new Piece()
    for (const text of ['é"\n', 'x'.repeat(100_000), '"'.repeat(100_000)]) {
      piece.clear()
      piece.text('{"a":"')
      piece.escaped(utf8(text))
      piece.text(`","b":${JSON.stringify(text)}}`)
      expect(JSON.parse(piece.bytes.toString())).toEqual({ a: text, b: text })
    }
  })

  it('leaves alone what is still read, and takes it back', () => {
    const piece = new Piece()
    piece.text('first')
    const { bytes } = piece
    const memory = piece.leave()
    piece.text('other')
    expect([bytes.toString(), piece.bytes.toString()]).toEqual(['first', 'other'])
    piece.takeBack(memory)
    piece.leave()
    piece.text('third')
    expect([bytes.toString(), piece.bytes.toString()]).toEqual(['third', 'third'])
  })
})
