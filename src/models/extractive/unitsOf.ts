import { sentenceEnds } from '../../internal/sentences.ts'
import type { ScoredPassage } from '../../types/document.ts'
import { type Block, blocksOf } from './blocksOf.ts'

/** What can be quoted: a sentence, a list item, a row, a record or a piece of code. */
export interface Unit {
  readonly kind: 'sentence' | 'item' | 'row' | 'record' | 'code'
  /** Index of its passage. */
  readonly passage: number
  /** Index among the units of the passage. */
  readonly order: number
  /** Index of the paragraph, list item or other block in which it stands. */
  readonly block: number
  /** Offsets into the text of the passage. */
  readonly start: number
  readonly end: number
  /** The words of the passage; line breaks and blanks are folded to one blank, except in code and records. */
  readonly text: string
  /** Titles above it, outermost first. */
  readonly headings: readonly string[]
  /** Of code: the language of its fence, or empty. Of items: `-` or `2.`. */
  readonly label: string
}

/** Longer list items are quoted sentence by sentence. */
const longItem = 500
const tags = /<[^<>]{0,300}>/g
const letterOrDigit = /[\p{L}\p{N}]/u

/** The units of a passage in the order of its text. Headings are no units: they stand above those that follow. */
export function unitsOf(passage: ScoredPassage, index: number): Unit[] {
  const units: Unit[] = []
  let headings = passage.headings
  for (const [block, found] of blocksOf(passage.text).entries()) {
    const { kind, start, end } = found
    if (kind === 'heading') {
      headings = [...passage.headings.slice(0, (found.level ?? 1) - 1), titleOf(passage.text.slice(start, end))]
      continue
    }
    const spans = spansOf(passage.text, found)
    for (const [from, to] of spans) {
      const slice = passage.text.slice(from, to)
      const text = kind === 'code' || kind === 'record' ? slice.replaceAll('\r\n', '\n').trimEnd() : folded(slice)
      if (!letterOrDigit.test(kind === 'code' ? text : text.slice(0, 2000).replace(tags, ''))) continue
      const unitKind = kind === 'paragraph' || (kind === 'item' && spans.length > 1) ? 'sentence' : kind
      const label = found.language ?? found.bullet ?? ''
      units.push({ kind: unitKind, passage: index, order: units.length, block, start: from, end: to, text, headings, label })
    }
  }
  return units
}

/** Where the units of a block begin and end. */
function spansOf(text: string, { kind, start, end }: Block): (readonly [start: number, end: number])[] {
  if (kind !== 'paragraph' && (kind !== 'item' || end - start <= longItem)) return [[start, end]]
  let from = start
  return sentenceEnds(text, start, end).map((to) => {
    const span = [from, to] as const
    from = to
    return span
  })
}

/** Blanks and line breaks as one blank. */
export function folded(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}

/** A heading without the marks of Markdown around it. */
function titleOf(line: string): string {
  return folded(line.replace(/^\s*#{1,6}\s+/, '').replace(/\s#+\s*$/, '').replace(/<[^<>]{0,200}>/g, '')).slice(0, 200)
}
