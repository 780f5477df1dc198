import { isBlank, skipBlanks } from '../characterKinds.ts'
import { type OpenPassage, decide } from './decide.ts'
import { type Measure, beforeBlanks } from './measureUnits.ts'
import { overlapStart } from './overlapStart.ts'
import type { UnitQueue } from './unitQueue.ts'
import { type Unit, isHeading, isIndivisible } from './units.ts'

/** A stretch of the text without blanks at its edges. */
export interface FilledPassage {
  readonly start: number
  readonly end: number
  /** Of the whole stretch. */
  readonly tokens: number
  readonly taken: readonly Unit[]
}

/** Takes the units of one passage from the queue, which is not empty. `undefined` when they are blanks alone. */
export function fillPassage(queue: UnitQueue, before: FilledPassage | undefined, measure: Measure): FilledPassage | undefined {
  const overlap = repeatedEnd(queue, before, measure)
  const passage: OpenPassage = { taken: [], onlyHeadings: true, overlap, tokens: overlap?.tokens ?? 0 }
  for (;;) {
    takeUnits(queue, passage, measure)
    giveBackHeading(queue, passage, measure)
    const filled = trimmed(passage, measure)
    if (filled === undefined || filled.tokens <= measure.passageTokens) return filled
    if (!shrink(queue, passage, filled.tokens, measure)) return filled
  }
}

/** Only where the passage before ended inside a section; never the heading, and no code, which reads wrong without its beginning. */
function repeatedEnd(queue: UnitQueue, before: FilledPassage | undefined, measure: Measure): OpenPassage['overlap'] {
  const next = queue.peek()
  const last = before?.taken.at(-1)
  if (before === undefined || last === undefined || next?.section !== last.section || next.kind === 'section') return undefined
  const behindCode = before.taken.findLast(({ isCode }) => isCode)?.end ?? 0
  const start = overlapStart(Math.max(before.start, last.section.bodyStart, behindCode), before.end, measure)
  return start === undefined ? undefined : { start, tokens: measure.count(start, beforeBlanks(measure.text, next.start)) }
}

function takeUnits(queue: UnitQueue, passage: OpenPassage, measure: Measure): void {
  for (let unit = queue.peek(); unit !== undefined; unit = queue.peek()) {
    const decision = decide(unit, passage, measure)
    if (decision === 'close') return
    if (decision === 'drop-overlap') dropOverlap(passage)
    else if (decision === 'open') queue.open()
    else {
      passage.taken.push(unit)
      passage.onlyHeadings &&= isHeading(measure.text, unit)
      passage.tokens += measure.unitTokens(unit)
      queue.take()
    }
  }
}

function dropOverlap(passage: OpenPassage): void {
  passage.tokens -= passage.overlap?.tokens ?? 0
  passage.overlap = undefined
}

/** A heading does not stay behind when its text goes into the next passage. */
function giveBackHeading(queue: UnitQueue, passage: OpenPassage, { text }: Measure): void {
  const next = queue.peek()
  let keep = passage.taken.length
  for (let last = passage.taken[keep - 1]; keep > 1 && last !== undefined; last = passage.taken[keep - 1]) {
    if (last.section !== next?.section || next.kind === 'section' || !isHeading(text, last)) break
    keep--
  }
  giveBack(queue, passage, keep, text)
}

function giveBack(queue: UnitQueue, passage: OpenPassage, keep: number, text: string): void {
  const units = passage.taken.splice(keep)
  if (units.length === 0) return
  for (const { tokens = 0 } of units) passage.tokens -= tokens
  passage.onlyHeadings = passage.taken.every((unit) => isHeading(text, unit))
  queue.giveBack(units)
}

function trimmed({ taken, overlap }: OpenPassage, { text, count }: Measure): FilledPassage | undefined {
  const first = taken[0]
  const last = taken.at(-1)
  if (first === undefined || last === undefined) return undefined
  const firstStart = skipBlanks(text, first.start, last.end)
  if (firstStart === last.end) return undefined
  const start = overlap?.start ?? firstStart
  let end = last.end
  while (isBlank(text.charCodeAt(end - 1))) end--
  const isUnitItself = taken.length === 1 && start === beforeBlanks(text, first.start) && end === beforeBlanks(text, first.end)
  const tokens = isUnitItself && first.tokens !== undefined ? first.tokens : count(start, end)
  return { start, end, tokens, taken: [...taken] }
}

/** The sum was too small: the pieces of a tokenizer may change where units join. False when nothing is left to give up. */
function shrink(queue: UnitQueue, passage: OpenPassage, tokens: number, { passageTokens, text }: Measure): boolean {
  const { taken, overlap } = passage
  const [only] = taken
  if (overlap !== undefined) {
    dropOverlap(passage)
    return true
  }
  if (only === undefined || (taken.length === 1 && isIndivisible(only))) return false
  if (taken.length === 1) {
    // Known to be too long now, so it will be opened.
    only.tokens = tokens
    passage.tokens = tokens
    giveBack(queue, passage, 0, text)
    return true
  }
  passage.tokens = tokens
  let keep = taken.length - 1
  let rest = tokens - (taken[keep]?.tokens ?? 0)
  while (keep > 1 && rest > passageTokens) rest -= taken[--keep]?.tokens ?? 0
  giveBack(queue, passage, keep, text)
  return true
}
