/** Joins a text and its continuation, which may begin with words that are there already. */
export interface Seam {
  /** Takes what comes next of the continuation; gives what of it is certainly new. */
  push(text: string): string
  /** The continuation is complete: gives what was held back and is new. */
  end(): string
}

/**
 * Leaves out of a continuation the longest beginning that the text before ends with, of up to `maxOverlap` characters, or
 * the whole text before when the continuation starts all over. With `trimShort` that is all; without it short ones must look
 * like repetitions, not like chance.
 *
 * Memory: what could still turn out to be a repetition is held back; everything else passes at once.
 */
export function createSeam(before: string, maxOverlap: number, trimShort = false): Seam {
  let held = ''
  let decided = false
  /** Where in the text before a repetition may begin: it has been the same as what is held, so far. */
  let open = startsOf(before.length, maxOverlap)
  /** Lengths of the repetitions found. */
  const overlaps: number[] = []

  const isRepetition = (length: number) => {
    if (trimShort) return true
    const previous = before.slice(0, before.length - length).slice(-2)
    return isNoChance(previous, held.slice(0, length), held.slice(length, length + 2))
  }
  const decide = () => {
    decided = true
    const longestFirst = overlaps.toSorted((a, b) => b - a)
    return held.slice(longestFirst.find(isRepetition) ?? 0)
  }

  return {
    push(text) {
      if (decided) return text
      const at = held.length
      held += text
      open = open.filter((start) => {
        const missing = before.length - start - at
        if (!isSame(before, start + at, text, Math.min(missing, text.length))) return false
        if (missing > text.length) return true
        overlaps.push(before.length - start)
        return false
      })
      // What follows a repetition decides whether it is one.
      const isOpen = open.length > 0 || overlaps.includes(held.length)
      return isOpen ? '' : decide()
    },
    end: () => (decided ? '' : decide()),
  }
}

function startsOf(length: number, maxOverlap: number): number[] {
  const longest = Math.min(length, maxOverlap)
  const starts = Array.from({ length: longest }, (_, index) => length - longest + index)
  return longest === length || longest === 0 ? starts : [0, ...starts]
}

function isSame(before: string, at: number, text: string, length: number): boolean {
  for (let index = 0; index < length; index++) {
    if (before.charCodeAt(at + index) !== text.charCodeAt(index)) return false
  }
  return true
}

const mark = /^[.,;:!?]$/
const letter = /\p{L}/u
const number = /^\p{N}+$/u
const endsInWord = /[\p{L}\p{N}]$/u
const beginsWithWord = /^[\p{L}\p{N}]/u

/**
 * A few equal characters may be chance: `book|keeper`, `an| answer`, `1000|000`, a line end after a line end, the rule of
 * a table. So a short repetition counts when it ends where a word ends, a number only as a whole, and anything else without
 * letters when it is long and not always the same.
 */
function isNoChance(previous: string, overlap: string, next: string): boolean {
  const endsWord = !endsInWord.test(overlap) || !beginsWithWord.test(next)
  if (letter.test(overlap)) return overlap.length >= 4 || endsWord
  if (mark.test(overlap)) return next === '' || /^\s/.test(next)
  if (overlap === ' ') return !/\s$/.test(previous) && !/^\s/.test(next)
  if (number.test(overlap)) return endsWord && !endsInWord.test(previous)
  return overlap.length >= 8 && new Set(overlap).size >= 4
}
