import type { ScoredPassage } from '../../types/document.ts'
import { contentTerms } from './commonWords.ts'
import { type Unit, unitsOf } from './unitsOf.ts'

/** A stretch of one document that is about one thing, as far as its form tells: a section, or a paragraph. */
export interface Segment {
  /** The innermost heading above it. */
  readonly heading: string | undefined
  readonly units: readonly Unit[]
}

/** A shorter paragraph is a title or a remark: it belongs to the next one. */
const minCharacters = 80
/** A lone paragraph of at most so many sentences is divided where its words change. */
const maxLoneSentences = 12
/** Words that begin a sentence which goes on with the one before: "It …", "For example …", "In addition …". */
const backward = `it its they their this that these those he she his her such both here there then also however but and or so
  thus therefore for in additionally moreover furthermore meanwhile together as by instead`
const pointsBack = new RegExp(`^(?:${backward.split(/\s+/).join('|')})\\b`, 'i')

/** The segments of the passages of one document, in order. */
export function segmentsOf(passages: readonly (readonly [index: number, passage: ScoredPassage])[]): Segment[] {
  const units = passages.flatMap(([index, passage]) => unitsOf(passage, index))
  const titles = new Set(units.map(({ headings }) => headings.join('\n')))
  const segments = titles.size > 1 ? divide(units, (a, b) => a.headings.join('\n') !== b.headings.join('\n')) : paragraphs(units)
  const [only] = segments
  return segments.length === 1 && only !== undefined && only.units.length <= maxLoneSentences ? byWords(only) : segments
}

function divide(units: readonly Unit[], isBorder: (before: Unit, unit: Unit) => boolean): Segment[] {
  const groups: Unit[][] = []
  for (const [index, unit] of units.entries()) {
    const before = units[index - 1]
    if (before === undefined || isBorder(before, unit)) groups.push([unit])
    else groups.at(-1)?.push(unit)
  }
  return groups.map((group) => ({ heading: group[0]?.headings.at(-1), units: group }))
}

/** Lists, rows and code belong to the paragraph before them. */
function paragraphs(units: readonly Unit[]): Segment[] {
  let length = 0
  return divide(units, (before, unit) => {
    length += before.text.length
    const sameBlock = before.passage === unit.passage && before.block === unit.block
    const border = !sameBlock && unit.kind === 'sentence' && length >= minCharacters
    if (border) length = 0
    return border
  })
}

/** Divides before a sentence that shares no word with what stands before it and does not point back. */
function byWords(segment: Segment): Segment[] {
  const seen = new Set<string>()
  const borders = new Set<Unit>()
  for (const unit of segment.units) {
    const words = contentTerms(unit.text)
    const shares = words.some((word) => seen.has(word))
    if (seen.size > 0 && !shares && unit.kind === 'sentence' && !pointsBack.test(unit.text) && words.length > 1) {
      borders.add(unit)
      seen.clear()
    }
    for (const word of words) seen.add(word)
  }
  return divide(segment.units, (_, unit) => borders.has(unit))
}
