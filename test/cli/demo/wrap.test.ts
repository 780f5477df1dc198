import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createWrap, lengthOf } from '../../../src/cli/demo/wrap.ts'

const text = 'It asks again, and the unfinished text goes along.'

function laidOut(pieces: readonly string[], width: number, first = '', rest = first): string {
  const lines = createWrap(width, first, rest)
  return pieces.map((piece) => lines.push(piece)).join('') + lines.end()
}

describe('createWrap', () => {
  it('breaks between words, with a prefix for the first line and one for the others', () => {
    expect(laidOut([text], 20, '- ', '  ')).toBe('- It asks again, and\n  the unfinished\n  text goes along.\n')
  })

  it('gives the same lines however the text is cut into pieces, none longer than the width', () => {
    const word = fc.stringMatching(/^[a-z.,`]{1,12}$/)
    const blanks = fc.constantFrom(' ', ' ', '  ', '\n', '\n\n')
    const texts = fc.array(fc.tuple(word, blanks), { minLength: 1, maxLength: 40 }).map((pairs) => pairs.flat().join(''))
    fc.assert(
      fc.property(texts, fc.integer({ min: 16, max: 60 }), fc.integer({ min: 1, max: 9 }), (text, width, size) => {
        const pieces = text.match(new RegExp(`.{1,${size}}`, 'gs')) ?? []
        const whole = laidOut([text], width, '│ ')

        expect(laidOut(pieces, width, '│ ')).toBe(whole)
        expect(whole.replaceAll('│ ', '').split(/\s+/).join(' ').trim()).toBe(text.split(/\s+/).join(' ').trim())
        expect(Math.max(...whole.split('\n').map(lengthOf))).toBeLessThanOrEqual(width)
      }),
      { seed: 3 },
    )
  })

  it('holds a word back until it is whole, and begins a new line after an end inside it', () => {
    const lines = createWrap(20, '│ ')

    expect([lines.push('the un'), lines.push('finish'), lines.end(), lines.push('ed text '), lines.end()]).toEqual(
      ['│ the', '', ' unfinish\n', '│ ed text', '\n'])
  })

  it('counts colours as nothing', () => {
    expect(laidOut(['\x1b[31mred\x1b[39m and blue'], 12)).toBe('\x1b[31mred\x1b[39m and blue\n')
  })
})
