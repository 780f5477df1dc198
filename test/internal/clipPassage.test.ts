import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { clipPassage } from '../../src/internal/clipPassage.ts'
import { scoredPassage } from '../support/passage.ts'

describe('clipPassage', () => {
  const passage = scoredPassage('One is here. Two is there. Three is nowhere at all.', 1, { start: 10, tokens: 13 })

  it('keeps the whole sentences that fit', () => {
    expect(clipPassage(passage, 30)).toMatchObject({ text: 'One is here. Two is there.', start: 10, end: 36, tokens: 9 })
  })

  it('keeps a part of a first sentence that does not fit', () => {
    expect(clipPassage(passage, 8)).toMatchObject({ text: 'One is h', end: 18 })
  })

  it('leaves a passage that fits as it is', () => {
    expect(clipPassage(passage, passage.text.length)).toBe(passage)
  })

  it('never splits a character, and never claims more tokens or text than there is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), fc.integer({ min: 2, max: 40 }), (text, maxCharacters) => {
        const clipped = clipPassage({ ...passage, text, start: 5, end: 5 + text.length, tokens: text.length }, maxCharacters)
        expect(clipped.text.length).toBeLessThanOrEqual(maxCharacters)
        expect(text.startsWith(clipped.text)).toBe(true)
        expect(clipped.text.isWellFormed()).toBe(text.isWellFormed() || clipped.text.isWellFormed())
        expect(clipped.end - clipped.start).toBe(clipped.text.length)
        expect(clipped.tokens).toBeLessThanOrEqual(text.length)
      }),
    )
  })
})
