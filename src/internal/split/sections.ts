import { skipBlanks } from '../characterKinds.ts'
import type { Document, Heading } from '../../types/document.ts'

/** The text from one heading to the next. What stands before the first heading is a section of level 0. */
export interface Section {
  readonly start: number
  readonly end: number
  /** Behind the heading's own line. */
  readonly bodyStart: number
  readonly level: number
  /** UTF-16 units of the next section. Infinite for the last one. */
  readonly lengthOfNext: number
  /** Titles down to its own, outermost first. */
  readonly path: readonly string[]
}

/** The sections of a document's body, in order; together they hold all of it that is no blank. Headings out of order or range are passed over. */
export function sectionsOf({ text, headings = [], bodyStart = 0 }: Document): Section[] {
  const sections: Section[] = []
  const open: Heading[] = []
  const end = text.length
  const inOrder: Heading[] = []
  for (const heading of headings) {
    const { start } = heading
    if (start >= bodyStart && start < end && start > (inOrder.at(-1)?.start ?? -1)) inOrder.push(heading)
  }
  const firstStart = inOrder[0]?.start ?? end
  if (skipBlanks(text, bodyStart, firstStart) < firstStart) {
    const lengthOfNext = (inOrder[1]?.start ?? end) - firstStart || Infinity
    sections.push({ start: bodyStart, end: firstStart, bodyStart, level: 0, lengthOfNext, path: [] })
  }
  for (const [index, heading] of inOrder.entries()) {
    while ((open.at(-1)?.level ?? -Infinity) >= heading.level) open.pop()
    open.push(heading)
    const { start, level } = heading
    const sectionEnd = inOrder[index + 1]?.start ?? end
    const lengthOfNext = (inOrder[index + 2]?.start ?? end) - sectionEnd || Infinity
    const path = open.map(({ title }) => title)
    sections.push({ start, end: sectionEnd, bodyStart: headingEnd(text, start, sectionEnd), level, lengthOfNext, path })
  }
  return sections
}

/** Behind the heading's line, and the line that underlines it. */
function headingEnd(text: string, start: number, end: number): number {
  const behind = lineEnd(text, start, end)
  const next = lineEnd(text, behind, end)
  return next - behind < 200 && /^(?:=+|-+)\s*$/.test(text.slice(behind, next)) ? next : behind
}

function lineEnd(text: string, start: number, end: number): number {
  const lineBreak = text.indexOf('\n', start)
  return lineBreak < 0 || lineBreak >= end ? end : lineBreak + 1
}
