import type { Measure } from './measureUnits.ts'
import { type Unit, isIndivisible } from './units.ts'

/** The passage that is being filled. */
export interface OpenPassage {
  readonly taken: Unit[]
  /** None of the units has text of its own. */
  onlyHeadings: boolean
  /** The repeated end of the passage before. */
  overlap: { readonly start: number; readonly tokens: number } | undefined
  /** Sum over overlap and units. */
  tokens: number
}

/** Take the next unit, open it into finer ones, close the passage before it, or give up the overlap to make room for it. */
export type Decision = 'take' | 'open' | 'close' | 'drop-overlap'

export function decide(unit: Unit, passage: OpenPassage, measure: Measure): Decision {
  const { taken, overlap, tokens, onlyHeadings } = passage
  const { passageTokens } = measure
  const size = measure.unitTokens(unit)
  const fits = tokens + size <= passageTokens
  const fitsAlone = size <= passageTokens
  const last = taken.at(-1)
  if (last === undefined && !fits && overlap !== undefined && fitsAlone) return 'drop-overlap'
  if (last === undefined) return fits || isIndivisible(unit) ? 'take' : 'open'
  if (onlyHeadings && !fits && tokens < passageTokens / 2) return openUnlessIndivisible(unit)
  if (onlyHeadings) return fits ? 'take' : 'close'
  if (unit.kind === 'section') return decideSection(unit, { last, tokens, size, fits }, passageTokens)
  if (fits) return 'take'
  if (fitsAlone && isKeptWhole(unit) && tokens >= passageTokens / 16) return 'close'
  // Rather a break before a paragraph than inside it, unless too much of the passage would stay empty.
  return tokens >= passageTokens / (fitsAlone ? 4 : 2) ? 'close' : openUnlessIndivisible(unit)
}

interface SectionChoice {
  readonly last: Unit
  readonly tokens: number
  readonly size: number
  readonly fits: boolean
}

/**
 * A passage has one heading path, so it goes on into the next section only where it would be too small to be of use, or where
 * a tiny section would be left alone before a long one. It goes up in the outline only when it has next to nothing, and begins
 * a section that does not fit only when that is a part of its own.
 */
function decideSection(unit: Unit, { last, tokens, size, fits }: SectionChoice, passageTokens: number): Decision {
  const small = passageTokens / 4
  const tiny = passageTokens / 16
  const step = unit.section.level - last.section.level
  if (!fits) return step > 0 && tokens < tiny ? 'open' : 'close'
  if (step < 0) return tokens < tiny ? 'take' : 'close'
  const wouldBeAlone = size < tiny && unit.section.lengthOfNext > passageTokens
  return tokens < small || wouldBeAlone ? 'take' : 'close'
}

function openUnlessIndivisible(unit: Unit): Decision {
  return isIndivisible(unit) ? 'close' : 'open'
}

function isKeptWhole({ kind }: Unit): boolean {
  return kind === 'code' || kind === 'table' || kind === 'list'
}
