import { isInsidePair } from './characterClasses.ts'
import { type Counting, countPieces } from './countPieces.ts'

/** Where a stretch ends changes no more than so many pieces before it. */
const unsettled = 3
/** Shorter stretches are counted by themselves, and so are those that hold most of what is kept. */
const shortest = 32
const longest = 65_536
/** What lies between what was read and a stretch is read too, up to so many units; else it begins anew. */
const longestGap = 4_096
const maxPieces = 65_536

/** More are read than are kept, by one stretch. */
const capacity = maxPieces + longestGap + longest + 1

/**
 * Counts stretches of a text, each as `countPieces` counts it alone, but finds and counts the pieces of the text once.
 *
 * A stretch has the same pieces as the text from where both begin one at the same place, and until near its end, where the text went on.
 * Memory: about 1 MB, for the pieces of one text; those of another that is asked for in turns with it are read again.
 */
export function createStretchCounts(counting: Counting): (text: string) => (start: number, end: number) => number {
  const { pieceEnd, countPiece } = counting
  /** Where pieces begin, the end of the last one included; and the counts of all before. */
  const starts = new Uint32Array(capacity)
  const sums = new Uint32Array(capacity)
  let last = 0
  /** Whose pieces they are. */
  let owner: object | undefined

  const beginAt = (start: number) => {
    starts[0] = start
    last = 0
  }
  const readTo = (text: string, end: number) => {
    let at = starts[last] ?? 0
    let sum = sums[last] ?? 0
    while (at < end) {
      const next = pieceEnd(text, at)
      sum += countPiece(text, at, next)
      last++
      starts[last] = next
      sums[last] = sum
      at = next
    }
  }
  /** The first piece that begins at `at` or behind it. */
  const pieceFrom = (at: number) => {
    let low = 0
    let high = last
    while (low < high) {
      const middle = (low + high) >> 1
      if ((starts[middle] ?? 0) < at) low = middle + 1
      else high = middle
    }
    return low
  }

  return (text) => {
    const own = {}
    return (start, end) => {
      const countAlone = (from: number) => countPieces(text.slice(from, end), counting)
      if (end - start < shortest || end - start > longest || isCut(text, start) || isCut(text, end)) return countAlone(start)
      const isNear = owner === own && start >= (starts[0] ?? 0) && start <= (starts[last] ?? 0) + longestGap
      if (!isNear || last > maxPieces) beginAt(start)
      owner = own
      readTo(text, end)
      const behind = pieceFrom(end)
      const settled = (starts[behind] === end ? behind : behind - 1) - unsettled
      let first = pieceFrom(start)
      let count = 0
      for (let at = start; first <= settled && starts[first] !== at; ) {
        const next = pieceEnd(text, at)
        count += countPiece(text, at, next)
        at = next
        while (first < last && (starts[first] ?? 0) < at) first++
      }
      if (first > settled) return countAlone(start)
      return count + (sums[settled] ?? 0) - (sums[first] ?? 0) + countAlone(starts[settled] ?? end)
    }
  }
}

/** Whether it goes through a character. */
function isCut(text: string, at: number): boolean {
  return at > 0 && at < text.length && isInsidePair(text, at)
}
