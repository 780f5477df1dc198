import type { ScoredPassage } from '../../types/document.ts'
import { type Clipped, clip } from './clip.ts'
import { contentTerms } from './commonWords.ts'
import { keyPhrases } from './keyPhrases.ts'
import { type Segment, segmentsOf } from './segmentsOf.ts'
import { createRepetitionFilter } from './createRepetitionFilter.ts'
import type { Unit } from './unitsOf.ts'

/** A topic of a document: what it is called there, and a sentence that shows it. */
export interface OutlineEntry {
  /** Headings or phrases of the text itself; may be empty. */
  readonly topics: readonly string[]
  /** Index of the passage that is quoted. */
  readonly passage: number
  readonly quoted: Clipped
}

const maxEntries = 12
const topicsPerEntry = 3
/** Letters of one form are no copies: nearly every word must be the same. */
const copyShare = 0.95
const quoteLimits = { longest: 320, windowLength: 240 }

/**
 * An outline of a sample of passages: at most 12 entries, spread over the documents, in their order.
 *
 * Few documents get several entries each, divided by heading, else by paragraph; of many, those with prose come first,
 * one entry each. Copies of a document are named once.
 */
export function outlineOf(passages: readonly ScoredPassage[]): OutlineEntry[] {
  const documents = [...Map.groupBy(passages.entries(), ([, { documentId }]) => documentId).values()]
    .map(segmentsOf)
    .filter((segments) => segments.length > 0)
  const different = withoutCopies(documents)
  const shares = sharesOf(different)
  const groups = different.flatMap((segments, index) => joined(segments, shares[index] ?? 0))
  const rarity = rarityAmong(groups)
  const isRepeated = createRepetitionFilter(copyShare)
  return groups.flatMap((group) => entryOf(group, rarity)).filter(({ quoted }) => !isRepeated(quoted.text))
}

function withoutCopies(documents: readonly Segment[][]): Segment[][] {
  const isRepeated = createRepetitionFilter(copyShare)
  return documents.filter((segments) => {
    const text = segments.flatMap(({ units }) => units.map((unit) => unit.text)).join(' ')
    return !isRepeated(text.slice(0, 4000))
  })
}

/** How many entries each document gets: one more each round while it has segments; the last round is spread evenly. */
function sharesOf(documents: readonly Segment[][]): number[] {
  const indexes = documents.map((_, index) => index)
  const shares = indexes.map(() => 0)
  let left = maxEntries
  for (const candidates of [indexes.filter((index) => hasProse(documents[index] ?? [])), indexes]) {
    for (let round = 0; left > 0; round++) {
      const open = candidates.filter((index) => shares[index] === round && (documents[index]?.length ?? 0) > round)
      if (open.length === 0) break
      for (const index of evenly(open, left)) shares[index] = round + 1
      left -= Math.min(left, open.length)
    }
  }
  return shares
}

function evenly<T>(items: readonly T[], count: number): T[] {
  if (items.length <= count) return [...items]
  const taken = (before: number) => Math.floor((before * count) / items.length)
  return items.filter((_, index) => taken(index + 1) > taken(index))
}

/** False for tables, code and fragments: they are named when there is room. */
function hasProse(segments: readonly Segment[]): boolean {
  const units = segments.flatMap(({ units }) => units)
  return units.filter(isProse).length >= Math.min(3, units.length * 0.5)
}

function isProse({ kind, text }: Unit): boolean {
  const letters = text.slice(0, 400).match(/[\p{L}\p{M}\s]/gu)?.length ?? 0
  return (kind === 'sentence' || kind === 'item') && text.length >= 40 && letters > Math.min(400, text.length) * 0.8
}

/** Neighbouring segments together, so that `count` are left. */
function joined(segments: readonly Segment[], count: number): Segment[][] {
  const size = segments.length / Math.max(1, Math.min(count, segments.length))
  return Array.from({ length: Math.min(count, segments.length) }, (_, index) =>
    segments.slice(Math.floor(index * size), Math.floor((index + 1) * size)),
  )
}

/** How rare a term is among the groups. */
function rarityAmong(groups: readonly (readonly Segment[])[]): (term: string) => number {
  const counts = new Map<string, number>()
  for (const group of groups) {
    const terms = new Set(group.flatMap(({ units }) => units.flatMap(({ text }) => contentTerms(text))))
    for (const term of terms) counts.set(term, (counts.get(term) ?? 0) + 1)
  }
  return (term) => Math.log(1 + groups.length / (counts.get(term) ?? 1))
}

function entryOf(group: readonly Segment[], rarity: (term: string) => number): OutlineEntry[] {
  const units = group.flatMap((segment) => segment.units)
  const prose = units.filter(isProse)
  const headings = [...new Set(group.flatMap(({ heading }) => (heading === undefined ? [] : [heading])))]
  const sentences = (prose.length > 0 ? prose : units).map(({ text }) => text.slice(0, 2000))
  const phrases = headings.length >= topicsPerEntry ? [] : keyPhrases(sentences, rarity, topicsPerEntry - headings.length)
  const topics = [...headings.slice(0, topicsPerEntry), ...phrases]
  const wanted = new Set(topics.flatMap(contentTerms))
  const unit = bestUnit(prose.length > 0 ? prose : units, wanted)
  return unit === undefined ? [] : [{ topics, passage: unit.passage, quoted: clip(unit.text, wanted, quoteLimits) }]
}

/** The sentence that holds most of the topics; of equals the first, and one of a length that reads well. */
function bestUnit(units: readonly Unit[], wanted: ReadonlySet<string>): Unit | undefined {
  let best: Unit | undefined
  let bestScore = -1
  for (const [index, unit] of units.entries()) {
    const held = new Set(contentTerms(unit.text.slice(0, 2000)).filter((term) => wanted.has(term))).size
    const score = held / Math.max(1, wanted.size) + 0.15 / (1 + index) + (unit.text.length <= quoteLimits.longest ? 0.2 : 0)
    if (score > bestScore) {
      best = unit
      bestScore = score
    }
  }
  return best
}
