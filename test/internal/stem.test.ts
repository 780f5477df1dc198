import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stem } from '../../src/internal/stem.ts'

/** The examples of Porter's paper, with what its whole algorithm makes of them. */
const examples = `caresses caress, ponies poni, ties ti, caress caress, cats cat, feed feed, agreed agre, plastered plaster, bled bled, motoring motor,
  sing sing, conflated conflat, troubled troubl, sized size, hopping hop, tanned tan, falling fall, hissing hiss, fizzed fizz, failing fail,
  filing file, happy happi, sky sky, relational relat, conditional condit, rational ration, valenci valenc, hesitanci hesit, digitizer digit,
  conformabli conform, radicalli radic, differentli differ, vileli vile, analogousli analog, vietnamization vietnam, predication predic,
  operator oper, feudalism feudal, decisiveness decis, hopefulness hope, callousness callous, formaliti formal, sensitiviti sensit,
  sensibiliti sensibl, triplicate triplic, formative form, formalize formal, electriciti electr, electrical electr, hopeful hope,
  goodness good, revival reviv, allowance allow, inference infer, airliner airlin, gyroscopic gyroscop, adjustable adjust,
  defensible defens, irritant irrit, replacement replac, adjustment adjust, dependent depend, adoption adopt, homologou homolog,
  communism commun, activate activ, angulariti angular, homologous homolog, effective effect, bowdlerize bowdler, probate probat,
  rate rate, cease ceas, controll control, roll roll, generalizations gener, oscillators oscil`

describe('stem', () => {
  it.each(examples.split(',').map((pair) => pair.trim().split(' ') as [string, string]))('makes of %s: %s', (word, expected) => {
    expect(stem(word)).toBe(expected)
  })

  it('follows the author\'s own program where it departs from the paper', () => {
    expect(stem('archaeology')).toBe('archaeolog')
    expect(stem('possibly')).toBe('possibl')
  })

  it('leaves short words, and words of other letters, as they are', () => {
    for (const word of ['', 'a', 'is', 'café', 'naïvely', '東京', 'x2s', '7.8.2']) expect(stem(word)).toBe(word)
  })

  it('gives any word of letters a stem that is not empty and not longer', () => {
    fc.assert(fc.property(fc.stringMatching(/^[a-z]{1,30}$/), (word) => {
      const result = stem(word)
      expect(result.length).toBeGreaterThan(0)
      expect(result.length).toBeLessThanOrEqual(word.length + 1)
    }), { numRuns: 2000 })
  })
})
