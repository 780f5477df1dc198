import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { wholeCharacters } from '../../src/internal/wholeCharacters.ts'

it('gives well-formed pieces of a well-formed text, however it is cut', () => {
  const cut = fc.tuple(fc.string({ unit: 'binary' }), fc.array(fc.nat(100)))
  fc.assert(
    fc.property(cut, ([text, places]) => {
      const borders = [0, ...places.filter((place) => place < text.length).toSorted((a, b) => a - b), text.length]
      const add = wholeCharacters()
      const pieces = borders.slice(1).map((border, index) => add(text.slice(borders[index], border)))
      expect(pieces.every((piece) => piece.isWellFormed())).toBe(true)
      expect(pieces.join('')).toBe(text)
    }),
    { numRuns: 1000 },
  )
})
