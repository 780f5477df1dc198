import { skipBlanks } from '../characterKinds.ts'
import { sentenceEnds } from '../sentences.ts'
import type { Section } from './sections.ts'
import { type TextBlock, textBlocks } from './textBlocks.ts'
import { isItem, textLines } from './textLines.ts'
import { codePointEnds, sliceEnds, wordEnds } from './wordEnds.ts'

/** A stretch of the text that goes into a passage whole, or is opened into finer ones. */
export interface Unit {
  readonly kind: 'section' | TextBlock['kind'] | 'codePart' | 'item' | 'sentence' | 'line' | 'word' | 'slice' | 'character' | 'codePoint'
  readonly start: number
  /** Where the next unit begins: the blanks between belong to this one. */
  readonly end: number
  readonly section: Section
  /** A piece of code in its fences, or a part of one. */
  readonly isCode: boolean
  /** Once counted. */
  tokens?: number
}

/** Short enough that sums of slices come near the bound, long enough that there are few. */
const sliceLength = 64

/** The finer units of a unit, in order and one by one: section, block, item, sentence, line, word, slice, character, code point. */
export function* partsOf(text: string, unit: Unit): Generator<Unit> {
  const { kind, start, end, section, isCode } = unit
  if (kind === 'section') {
    for (const block of textBlocks(text, start, end)) yield { ...block, section, isCode: block.kind === 'code' }
    return
  }
  const [partKind, ends] = finerEnds(text, unit)
  let from = start
  for (const to of ends) {
    if (to > from) yield { kind: partKind, start: from, end: to, section, isCode }
    from = to
  }
}

function finerEnds(text: string, { kind, start, end }: Unit): [Unit['kind'], Iterable<number>] {
  switch (kind) {
    case 'code':
      return ['codePart', lineEnds(text, start, end, 'afterBlank')]
    case 'list':
      return ['item', lineEnds(text, start, end, 'items')]
    case 'paragraph':
    case 'item':
      return ['sentence', sentenceEnds(text, start, end)]
    case 'table':
    case 'codePart':
    case 'sentence':
      return ['line', lineEnds(text, start, end, 'all')]
    case 'line':
      return ['word', wordEnds(text, start, end)]
    case 'word':
      return ['slice', sliceEnds(text, start, end, sliceLength)]
    case 'slice':
      return ['character', sliceEnds(text, start, end, 1)]
    default:
      return ['codePoint', codePointEnds(text, start, end)]
  }
}

/** Ends of stretches of lines: each line, or lines from one blank line to the next, or from one list item to the next. */
function* lineEnds(text: string, start: number, end: number, mode: 'all' | 'afterBlank' | 'items'): Generator<number> {
  let wasBlank = false
  for (const line of textLines(text, start, end)) {
    const begins = mode === 'items' ? isItem(text, line) : mode === 'all' ? !line.isBlank : wasBlank && !line.isBlank
    if (begins && line.start > start) yield line.start
    wasBlank = line.isBlank
  }
  yield end
}

/** Whether a unit holds the heading of its section and nothing more. */
export function isHeading(text: string, { section, end }: Unit): boolean {
  return section.level > 0 && skipBlanks(text, section.bodyStart, end) >= end
}

export function isIndivisible({ kind }: Unit): boolean {
  return kind === 'codePoint'
}
