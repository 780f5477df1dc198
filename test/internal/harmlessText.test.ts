import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { harmlessText } from '../../src/internal/harmlessText.ts'

const shown = (...pieces: string[]) => {
  const make = harmlessText()
  return pieces.map((piece) => make(piece)).join('')
}
const dangerous = fc.constantFrom('\x1b', '\x1b[2J', '\x1b]0;title\x07', '\r', '\r\n', '\n', '\b', '\x7f', '\x9b', '\x9d', '\u202e', '\u2066', '\0', 'a', ' ', '😀')
const pieces = fc.array(fc.oneof(dangerous, fc.string({ unit: 'binary', maxLength: 5 })), { maxLength: 20 })

describe('harmlessText', () => {
  it('shows control characters instead of sending them', () => {
    expect(shown('\x1b[2Jred\x1b[31m \x07 \x7f \x9b2J \u202eabc')).toBe('␛[2Jred␛[31m ␇ ␡ �2J �abc')
  })

  it('keeps tabs and line feeds', () => {
    expect(shown('a\tb\nc')).toBe('a\tb\nc')
  })

  it.each([
    [['a\r\nb'], 'a\nb'], [['a\r', '\nb'], 'a\nb'], [['a\rb'], 'a\nb'], [['a\r', 'b'], 'a\nb'], [['a\r', '', '\nb'], 'a\nb'],
    [['\r', '\r', '\n', '\n'], '\n\n\n'], [['a\r', '\n', '\nb'], 'a\n\nb'],
  ])('makes of the line ends in %j: %j', (given, expected) => {
    expect(shown(...given)).toBe(expected)
  })

  it('lets no control character, C1 control, carriage return or reversal through, wherever the text is cut', () => {
    fc.assert(
      fc.property(pieces, (given) => {
        expect(shown(...given)).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/)
      }),
      { numRuns: 1000 },
    )
  })

  it('shows the same however the text is cut', () => {
    fc.assert(
      fc.property(pieces, (given) => {
        expect(shown(...given)).toBe(shown(given.join('')))
      }),
      { numRuns: 1000 },
    )
  })

  it('leaves plain text as it is', () => {
    const plain = fc.string({ unit: 'binary' }).filter((text) => !/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/.test(text))
    fc.assert(
      fc.property(fc.array(plain), (given) => {
        expect(shown(...given)).toBe(given.join(''))
      }),
      { numRuns: 500 },
    )
  })

  it('keeps streams apart', () => {
    const [first, second] = [harmlessText(), harmlessText()]
    first('a\r')

    expect(second('\nb')).toBe('\nb')
  })
})
