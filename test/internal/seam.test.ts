import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSeam } from '../../src/internal/seam.ts'

/** What is added to the text before when the continuation comes in these pieces. */
function added(before: string, pieces: readonly string[], maxOverlap = 1000): string {
  const seam = createSeam(before, maxOverlap)
  return pieces.map((piece) => seam.push(piece)).join('') + seam.end()
}

const everyCharacter = (text: string) => Array.from({ length: text.length }, (_, index) => text.charAt(index))

describe('createSeam', () => {
  it.each([
    ['the very next characters', 'A quick brown', ' fox jumps', ' fox jumps'],
    ['the last word again', 'A quick brown', 'brown fox', ' fox'],
    ['the last letter of a whole word again', 'A quick brown', 'n fox', ' fox'],
    ['the last words again', 'A quick brown', 'quick brown fox', ' fox'],
    ['the whole sentence again', 'One thing. A quick brown', 'A quick brown fox.', ' fox.'],
    ['the whole text again', 'One thing. A quick brown', 'One thing. A quick brown fox.', ' fox.'],
    ['nothing but what is there', 'A quick brown', 'quick brown', ''],
    ['nothing at all', 'A quick brown', '', ''],
    ['the last piece of an unfinished word', 'This is synchron', 'hronous', 'ous'],
    ['a full stop again', 'It is so.', '. Next', ' Next'],
    ['a word that the text had earlier', 'the cat and the dog', ' and the cow', ' and the cow'],
    ['a word that the text had earlier, and no more', 'see (here) or (there', ')', ')'],
    ['a number again, with its word', 'It has 200 parts', '200 parts in all', ' in all'],
    ['a blank again', 'A quick ', ' brown', 'brown'],
    ['a number again', 'It was in 2024', '2024 that', ' that'],
    ['characters of two units each', 'good 🌊🌊 waves', '🌊🌊 waves here', ' here'],
  ])('leaves out what is there when the continuation brings %s', (_, before, continuation, expected) => {
    expect(added(before, [continuation])).toBe(expected)
    expect(added(before, everyCharacter(continuation))).toBe(expected)
  })

  it.each([
    ['book', 'keeper'],
    ['the embed', 'der is'],
    ['wants an', ' answer now'],
    ['1000', '000 of them'],
    ['5 5', ' 5 5'],
    ['1990', '0 of'],
    ['first\n', '\nsecond'],
    ['{\n  a', '  b'],
    ['| a |\n|---|', '---|---|\n'],
    ['wait..', '. for it'],
    ['f(g(x)', '))'],
  ])('takes a few equal characters for chance: %j and %j', (before, continuation) => {
    // The third dot is the exception: a mark that stands before a blank looks just like a repeated one.
    const expected = before === 'wait..' ? ' for it' : continuation
    expect(added(before, [continuation])).toBe(expected)
    expect(added(before, everyCharacter(continuation))).toBe(expected)
  })

  it('leaves them out when told to', () => {
    expect(createSeam('1000', 1000, true).push('000 of')).toBe(' of')
    expect(createSeam('first\n', 1000, true).push('\nsecond')).toBe('second')
    expect(createSeam('book', 1000, true).push('keeper')).toBe('eeper')
  })

  it('holds back only what may be a repetition', () => {
    const seam = createSeam('the cat and the', 1000)

    expect(seam.push(' c')).toBe('')
    expect(seam.push('at')).toBe('')
    expect(seam.push('tle')).toBe(' cattle')
    expect(seam.push(' the')).toBe(' the')
    expect(seam.end()).toBe('')
  })

  it('looks for no longer repetition than it may, but for the whole text', () => {
    expect(added('x the quick brown', ['quick brown fox'], 5)).toBe('quick brown fox')
    expect(added('x the quick brown', ['brown fox'], 5)).toBe(' fox')
    expect(added('x the quick brown', ['x the quick brown fox'], 5)).toBe(' fox')
    expect(added('x the quick brown', ['brown fox'], 0)).toBe('brown fox')
  })

  it('gives the same however the continuation is cut into pieces', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '.', '1'), maxLength: 40 })
    fc.assert(
      fc.property(letters, fc.array(letters, { maxLength: 8 }), fc.nat(50), (before, pieces, maxOverlap) => {
        const whole = pieces.join('')
        expect(added(before, pieces, maxOverlap)).toBe(added(before, [whole], maxOverlap))
        expect(whole.endsWith(added(before, pieces, maxOverlap))).toBe(true)
      }),
      { numRuns: 3000 },
    )
  })

  it('leaves out only what the text before ends with', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', ' '), maxLength: 60 })
    fc.assert(
      fc.property(letters, letters, (before, continuation) => {
        const overlap = continuation.length - added(before, [continuation]).length
        expect(before.endsWith(continuation.slice(0, overlap))).toBe(true)
      }),
      { numRuns: 3000 },
    )
  })

  it('takes a long text of one character piece by piece', () => {
    const seam = createSeam('a'.repeat(1_000_000), 1000)
    let passed = ''
    for (let piece = 0; piece < 2000; piece++) passed += seam.push('a')
    passed += seam.end()

    expect(passed).toHaveLength(1000)
  })
})
