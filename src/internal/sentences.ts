import { characterKind as kind, kindOf, skipBlanks, skipToStop } from './characterKinds.ts'
import { isEndOfBlock } from './isEndOfBlock.ts'
import { isEndOfSentence } from './isEndOfSentence.ts'

/**
 * Offsets behind each sentence of `text` from `start` to `end`; blanks belong to the sentence before them, so the slices
 * cover everything and the last offset is `end`. Empty for an empty range; blanks alone are one sentence.
 *
 * Paragraphs, list items, headings, table rows and fences end sentences too; other line breaks do not. Time is linear.
 */
export function sentenceEnds(text: string, start = 0, end = text.length): number[] {
  const ends: number[] = []
  let lineStart = start
  let at = skipToStop(text, skipBlanks(text, start, end), end)
  while (at < end) {
    const isLineBreak = kindOf(text.charCodeAt(at)) === kind.lineBreak
    const behind = isLineBreak ? at + 1 : skipStops(text, at, end)
    const next = skipBlanks(text, behind, end)
    const place = { start, lineStart, at, behind, next, end }
    const isEnd = isLineBreak ? isEndOfBlock(text, place) : isEndOfSentence(text, place)
    if (isEnd) ends.push(next)
    if (isEnd || isLineBreak) {
      lineStart = lineStartWithin(text, at, next) ?? lineStart
    }
    at = skipToStop(text, isEnd || isLineBreak ? next : behind, end)
  }
  if (end > start && ends.at(-1) !== end) ends.push(end)
  return ends
}

/** Behind the stops at `at` and the closing quotes, brackets and footnote numbers after them. */
function skipStops(text: string, at: number, end: number): number {
  for (at++; at < end; at++) {
    const found = kindOf(text.charCodeAt(at))
    const isStop = found >= kind.point && found <= kind.fullStop
    if (!isStop && found !== kind.closer) {
      const note = footnoteEnd(text, at, end)
      if (note === at) return at
      at = note - 1
    }
  }
  return at
}

/** Behind `[12]` at `at`, or `at`. */
function footnoteEnd(text: string, at: number, end: number): number {
  if (text.charCodeAt(at) !== 0x5b) return at
  let digit = at + 1
  while (digit < end && digit < at + 4 && text.charCodeAt(digit) >= 0x30 && text.charCodeAt(digit) <= 0x39) digit++
  return digit > at + 1 && digit < end && text.charCodeAt(digit) === 0x5d ? digit + 1 : at
}

/** Where the last line begins that begins between `from` and `to`. */
function lineStartWithin(text: string, from: number, to: number): number | undefined {
  for (let at = to - 1; at >= from; at--) if (kindOf(text.charCodeAt(at)) === kind.lineBreak) return at + 1
  return undefined
}
