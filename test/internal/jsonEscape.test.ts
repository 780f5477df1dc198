import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { escapedLength, writeEscaped } from '../../src/internal/jsonEscape.ts'

function escaped(text: string): string {
  const utf8 = Buffer.from(text)
  const target = Buffer.alloc(escapedLength(utf8) + 2, '#')
  writeEscaped(utf8, target, 1)
  return target.toString()
}
const expected = (text: string) => `#${JSON.stringify(text).slice(1, -1)}#`

describe('the text of a JSON string', () => {
  it('is what JSON.stringify makes of it', () => {
    const sign = fc.oneof(fc.constantFrom('a', 'é', '"', '\\', '\n', '\u0000', '\u001f', ' ', '!', '#', '[', ']', '\u007f', '\u2028', '€', '🐦'), fc.string({ unit: 'grapheme', maxLength: 1 }))
    fc.assert(
      fc.property(fc.array(sign, { maxLength: 40 }), (signs) => {
        expect(escaped(signs.join(''))).toBe(expected(signs.join('')))
      }),
      { numRuns: 2000 },
    )
  })

  it('is so with each sign, in short texts and in long ones', () => {
    for (let code = 0; code < 256; code++) {
      for (const text of [String.fromCharCode(code), `${'a'.repeat(600)}${String.fromCharCode(code)}${'é'.repeat(600)}`]) expect(escaped(text)).toBe(expected(text))
    }
  })
})
