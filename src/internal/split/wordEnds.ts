import { behindCharacter, isInsidePair } from '../characterClasses.ts'
import { isBlank, skipBlanks } from '../characterKinds.ts'

/** Scripts that write no blanks may be cut behind these. */
const cjkBreaks = new Set('、，；：。！？」』）】》'.split('').map((unit) => unit.charCodeAt(0)))

/** Ends of words, one by one; the blanks behind a word belong to it. */
export function* wordEnds(text: string, start: number, end: number): Generator<number> {
  let at = skipBlanks(text, start, end)
  while (at < end) {
    const unit = text.charCodeAt(at)
    at++
    const isEnd = isBlank(unit) || (cjkBreaks.has(unit) && !cjkBreaks.has(text.charCodeAt(at)) && !isBlank(text.charCodeAt(at)))
    if (!isEnd) continue
    at = skipBlanks(text, at, end)
    if (at < end) yield at
  }
  if (end > start) yield end
}

const joined = /[\p{M}\p{Emoji_Modifier}]|\u200d/u
const flag = /\p{Regional_Indicator}/u
/** A character with all its marks is looked for in so many units; beyond, only surrogate pairs are kept whole. */
const longestCharacter = 32

/** Ends of slices of at most `length` units, one by one, not inside a character with its marks. A single character may be longer. */
export function* sliceEnds(text: string, start: number, end: number, length: number): Generator<number> {
  for (let at = start; at < end; ) {
    let next = Math.min(end, at + length)
    if (next < end) next = characterEnd(text, at, next, end)
    yield next
    at = next
  }
}

export function* codePointEnds(text: string, start: number, end: number): Generator<number> {
  for (let at = start; at < end; ) {
    at = behindCharacter(text, at)
    yield at
  }
}

/** The last boundary of characters up to `at` and behind `from`, or else the first one behind `at`. */
function characterEnd(text: string, from: number, at: number, end: number): number {
  const lowest = Math.max(from, at - longestCharacter)
  for (let before = at; before > lowest; before--) if (isBoundary(text, before)) return before
  for (let behind = at + 1; behind <= from + longestCharacter; behind++) if (behind >= end || isBoundary(text, behind)) return Math.min(behind, end)
  return isInsidePair(text, at) ? behindCharacter(text, at - 1) : at
}

function isBoundary(text: string, at: number): boolean {
  if (isInsidePair(text, at)) return false
  const next = String.fromCodePoint(text.codePointAt(at) ?? 0)
  if (joined.test(next) || text.charCodeAt(at - 1) === 0x200d) return false
  if (text.charCodeAt(at - 1) === 0x0d && text.charCodeAt(at) === 0x0a) return false
  return !(flag.test(next) && flag.test(text.slice(Math.max(0, at - 2), at)))
}
