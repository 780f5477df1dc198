import { characterKind as kind, isBlank, kindOf } from './characterKinds.ts'
import type { SentencePlace } from './isEndOfSentence.ts'

/** How lines begin that are no continuation of the line before: items, headings, fences, table rows, quotations. */
const blockStart = /(?:[-*+•‣◦–—·▪](?=[ \t])|\d{1,3}[.)](?=[ \t])|\p{L}\)(?=[ \t])|\((?:\d{1,2}|\p{L})\)[ \t]|#{1,6}(?=[ \t])|`{3}|~{3}|\||>[ \t]|={3,}\s*$|-{3,}\s*$)/muy

/** Whether the line break at `place.at` ends what stands before it. */
export function isEndOfBlock(text: string, { lineStart, at, behind, next, end }: SentencePlace): boolean {
  if (next >= end || text.charCodeAt(at) === 0x2029) return true
  for (let blank = behind; blank < next; blank++) if (kindOf(text.charCodeAt(blank)) === kind.lineBreak) return true
  return startsBlock(text, next) || isOneLineBlock(text, lineStart, at)
}

function startsBlock(text: string, at: number): boolean {
  blockStart.lastIndex = at
  return blockStart.test(text)
}

/** Headings, rules, fences and table rows end with their line. */
function isOneLineBlock(text: string, lineStart: number, lineEnd: number): boolean {
  let at = lineStart
  while (at < lineEnd && isBlank(text.charCodeAt(at))) at++
  const first = text.charAt(at)
  if (first === '`' || first === '~') return text.startsWith(first.repeat(3), at)
  return first === '#' || first === '|' || ((first === '=' || first === '-') && isRule(text, at, lineEnd))
}

function isRule(text: string, at: number, lineEnd: number): boolean {
  const first = text.charCodeAt(at)
  while (lineEnd > at && isBlank(text.charCodeAt(lineEnd - 1))) lineEnd--
  if (lineEnd - at < 3) return false
  for (; at < lineEnd; at++) if (text.charCodeAt(at) !== first) return false
  return true
}
