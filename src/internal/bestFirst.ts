import { pushHeap, replaceFirst } from './heap.ts'

/** A place among many, with its score. */
export interface Best {
  readonly place: number
  readonly score: number
}

/** The `count` places with the highest scores above 0, best first; only those that are accepted. `tied` orders places of one score. */
export function bestFirst(scores: Float64Array, count: number, accepts: (place: number) => boolean, tied: (a: number, b: number) => number): Best[] {
  /** Below 0 when `a` is better than `b`. */
  const compare = (a: number, b: number) => scores[b]! - scores[a]! || tied(a, b)
  const isWorse = (a: number, b: number) => scores[a]! < scores[b]! || (scores[a] === scores[b] && tied(a, b) > 0)
  /** A heap of the best so far: the worst of them goes next. */
  const heap: number[] = []
  // One comparison a place, which soon goes the same way for nearly all: the least number above 0 shuts out those that hold no term.
  let least = Number.MIN_VALUE
  for (let place = 0; place < scores.length; place++) {
    if (scores[place]! < least || !accepts(place)) continue
    if (heap.length < count) pushHeap(heap, place, isWorse)
    else if (count > 0 && isWorse(heap[0]!, place)) replaceFirst(heap, place, isWorse)
    if (heap.length === count) least = Math.max(least, scores[heap[0] ?? 0]!)
  }
  return heap.toSorted(compare).map((place) => ({ place, score: scores[place]! }))
}
