import { pushHeap, replaceFirst } from '../heap.ts'

/** Collects the rows that may be among the best, from scores of which only the bounds are known. */
export interface Candidates {
  /** As many rows as are wanted have at least this score: one that surely has less is none of the best, and need not be added. */
  readonly threshold: number
  /** Takes a row whose score is within `error` of `score`. */
  add(row: number, score: number, error: number): void
  /** All that may be among the best, in no order but that those come first whose score surely reaches the threshold: as many as are wanted. */
  each(visit: (row: number, most: number) => void): void
}

export function createCandidates(count: number, accepts: (row: number) => boolean): Candidates {
  // Three lists of numbers, not one of objects: a scan begins with many that do not stay.
  const rows: number[] = []
  const least: number[] = []
  const most: number[] = []
  /** A heap of the highest of `least`, as many as are wanted: the lowest of them goes next. */
  const highest: number[] = []
  let limit = 2 * count + 64

  /** Drops those that have come to be none of the best. */
  const cut = () => {
    let kept = 0
    for (let index = 0; index < rows.length; index++) {
      if (most[index]! < candidates.threshold) continue
      rows[kept] = rows[index]!
      least[kept] = least[index]!
      most[kept++] = most[index]!
    }
    for (const list of [rows, least, most]) list.length = kept
    limit = 2 * Math.max(kept, count) + 64
  }
  const raise = (score: number) => {
    if (highest.length < count) pushHeap(highest, score, isLower)
    else if (score > highest[0]!) replaceFirst(highest, score, isLower)
    if (highest.length === count) candidates.threshold = highest[0] ?? candidates.threshold
  }

  // A field, not a getter: it is read for every row.
  const candidates = {
    threshold: Number.NEGATIVE_INFINITY,
    add(row: number, score: number, error: number) {
      if (!accepts(row)) return
      // Nothing is known of a row with an infinite error, whose score need not be a number.
      const isKnown = error < Number.POSITIVE_INFINITY
      const atLeast = isKnown ? score - error : Number.NEGATIVE_INFINITY
      rows.push(row)
      least.push(atLeast)
      most.push(isKnown ? score + error : Number.POSITIVE_INFINITY)
      raise(atLeast)
      if (rows.length >= limit) cut()
    },
    each(visit: (row: number, most: number) => void) {
      cut()
      for (let index = 0; index < rows.length; index++) if (least[index]! >= candidates.threshold) visit(rows[index]!, most[index]!)
      for (let index = 0; index < rows.length; index++) if (!(least[index]! >= candidates.threshold)) visit(rows[index]!, most[index]!)
    },
  }
  return candidates
}

const isLower = (a: number, b: number) => a < b
