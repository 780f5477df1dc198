import { abbreviations, beforeNumbers, germanMonths, sentenceStarters, titles } from './abbreviations.ts'
import { characterKind as kind, isBlank, kindOf } from './characterKinds.ts'

/** Where a scan for ends of sentences stands. */
export interface SentencePlace {
  /** What stands before `start` and from `end` on is not looked at. */
  readonly start: number
  readonly end: number
  readonly lineStart: number
  /** Offset of the stop or line break. */
  readonly at: number
  /** Behind the stops and what closes after them. */
  readonly behind: number
  /** The first offset from `behind` on that holds no blank. */
  readonly next: number
}

const longestWord = 24
const lower = /\p{Ll}/u
const upper = /\p{Lu}/u
const letterOrDigit = /[\p{L}\p{N}\p{M}]/u
const digit = /\p{Nd}/u
const wordAhead = /[\p{L}\p{N}\p{M}'’-]{0,24}/uy
/** Japanese goes on so behind a quotation: 「…。」と言った. */
const particle = /[とっがはをにのもでやだな、，,;；:：]/
const goesOn = new Set('.,;:)]}–—-/=&%、，；：')
const plainLongWord = /^\p{Ll}{5,}$/u
/** `J`, `U.S`, `e.g`; a small letter alone is rather a name of something: class a. */
const initials = /^(?:\p{L}\.)+\p{L}$|^\p{Lu}$/u

/** Whether the stops at `place.at` end a sentence. Looks at a word before and after, so its time does not grow with the text. */
export function isEndOfSentence(text: string, place: SentencePlace): boolean {
  const { at, behind, next, end } = place
  if (next >= end) return true
  const last = kindOf(text.charCodeAt(behind - 1))
  const stop = strongestStop(text, at, behind)
  if (stop === kind.fullStop) return last !== kind.closer || next > behind || !particle.test(text.charAt(next))
  if (next === behind) return false

  const first = wordStart(text, next, end)
  const character = String.fromCodePoint(text.codePointAt(first) ?? 0)
  if (first === next && goesOn.has(character)) return false
  const isSinglePoint = stop === kind.point && kindOf(text.charCodeAt(at + 1)) !== kind.point
  if (lower.test(character)) return isSinglePoint && endsBeforeSmallLetter(text, place)
  if (!isSinglePoint) return true
  return !isAbbreviated(text, place, first)
}

/** Only the stops count, not what closes behind them. */
function strongestStop(text: string, at: number, behind: number): number {
  let strongest = 0
  for (; at < behind; at++) {
    const found = kindOf(text.charCodeAt(at))
    if (found <= kind.fullStop) strongest = Math.max(strongest, found)
  }
  return strongest
}

/** Behind quotes, brackets and Markdown's marks that open before the word at `at`. */
function wordStart(text: string, at: number, end: number): number {
  const limit = Math.min(end, at + 8)
  while (at < limit) {
    const found = kindOf(text.charCodeAt(at))
    if (found !== kind.opener && found !== kind.closer) break
    at++
  }
  return at
}

/** Texts without capitals: a point that stands alone, or behind a long word that is no abbreviation. */
function endsBeforeSmallLetter(text: string, { start, at, next, behind, end }: SentencePlace): boolean {
  if (next >= end || behind > at + 1) return false
  if (at > start && isBlank(text.charCodeAt(at - 1))) {
    let before = at - 1
    while (before > start && at - before < longestWord && isBlank(text.charCodeAt(before))) before--
    return kindOf(text.charCodeAt(before)) !== kind.point
  }
  const word = wordBefore(text, start, at)
  return plainLongWord.test(word) && !abbreviations.has(word)
}

function isAbbreviated(text: string, { start, lineStart, at }: SentencePlace, next: number): boolean {
  const word = wordBefore(text, start, at)
  if (word === '') return false
  wordAhead.lastIndex = next
  const follower = wordAhead.exec(text)?.[0] ?? ''
  const small = word.toLowerCase()
  if (/^[\p{Nd}.]+$/u.test(word)) return isItemNumber(text, lineStart, at - word.length) || germanMonths.has(follower.toLowerCase())
  if (word.length === 1 && !upper.test(word) && isItemNumber(text, lineStart, at - 1)) return true
  if (digit.test(follower.charAt(0)) && beforeNumbers.has(small)) return true
  if (titles.has(small)) return true
  const isAbbreviation = abbreviations.has(small) || (initials.test(word) && /\p{Script=Latin}|\p{Script=Cyrillic}|\p{Script=Greek}/u.test(word))
  return isAbbreviation && !(sentenceStarters.has(follower.toLowerCase()) && !isSureInitial(word, follower))
}

/** `A` and `I` are words and initials: behind `J.` they are initials when a point follows, which `wordAhead` stops at. */
function isSureInitial(word: string, follower: string): boolean {
  return word.length === 1 && follower.length === 1
}

/** A number or a letter at the beginning of a line counts an item, or a heading. */
function isItemNumber(text: string, lineStart: number, at: number): boolean {
  while (at > lineStart && isBlank(text.charCodeAt(at - 1))) at--
  return at <= lineStart
}

/** Letters, digits and inner points before `at`; at most `longestWord` units. */
function wordBefore(text: string, start: number, at: number): string {
  const limit = Math.max(start, at - longestWord)
  let from = at
  while (from > limit) {
    const unit = text.charAt(from - 1)
    const isPart = letterOrDigit.test(unit) || unit === '.' || unit === '-'
    if (!isPart) break
    from--
  }
  return text.slice(from, at)
}
