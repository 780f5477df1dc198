import type { Tokenizer } from '../../types/ports.ts'
import type { Unit } from './units.ts'

/** A text, what a passage of it may hold, and how that is counted. */
export interface Measure {
  readonly text: string
  readonly passageTokens: number
  readonly overlapTokens: number
  /** Tokens of a stretch of the text. */
  readonly count: (start: number, end: number) => number
  /** Tokens that a unit adds to a passage; infinite without counting when it is too long for one. */
  readonly unitTokens: (unit: Unit) => number
}

/** Prose has 4 or 5 characters a token. Longer units are opened uncounted, so that a long text is not counted at every level. */
const surelyTooLong = 8
const surelyShort = 64

export function measureUnits(text: string, tokenizer: Tokenizer, passageTokens: number, overlapTokens: number): Measure {
  const count = tokenizer.stretchCounter?.(text) ?? ((start: number, end: number) => tokenizer.count(text.slice(start, end)))
  const longest = Math.max(surelyShort, surelyTooLong * passageTokens)
  return {
    text,
    passageTokens,
    overlapTokens,
    count,
    unitTokens(unit) {
      if (unit.end - unit.start > longest) return Infinity
      unit.tokens ??= count(beforeBlanks(text, unit.start), beforeBlanks(text, unit.end))
      return unit.tokens
    },
  }
}

/** Tokenizers count a blank with the word behind it: cut there, the sum over units is the count of the whole, or nearly. */
export function beforeBlanks(text: string, at: number): number {
  if (at >= text.length) return at
  let before = at
  while (before > 0 && at - before < 8 && (text.charCodeAt(before - 1) === 0x20 || text.charCodeAt(before - 1) === 0x09)) before--
  // A line break is counted with what stands before it, and so are blanks among line breaks.
  return before > 0 && text.charCodeAt(before - 1) === 0x0a ? at : before
}
