/** A place among many, with its score. */
export interface Best {
  readonly place: number
  readonly score: number
}

/** The `count` places with the highest scores above 0, best first; only those that are accepted. `tied` orders places of one score. */
export function bestFirst(scores: Float64Array, count: number, accepts: (place: number) => boolean, tied: (a: number, b: number) => number): Best[] {
  /** Below 0 when `a` is better than `b`. */
  const compare = (a: number, b: number) => scores[b]! - scores[a]! || tied(a, b)
  /** A binary heap of the best so far: the worst of them is the first, each better than the one that it hangs on. */
  const heap: number[] = []
  let least = 0
  for (let place = 0; place < scores.length; place++) {
    const score = scores[place]!
    if (score <= 0 || score < least || !accepts(place)) continue
    if (heap.length < count) rise(heap, place, compare)
    else if (count > 0 && compare(place, heap[0]!) < 0) sink(heap, place, compare)
    if (heap.length === count) least = scores[heap[0] ?? 0]!
  }
  return heap.toSorted(compare).map((place) => ({ place, score: scores[place]! }))
}

type Compare = (a: number, b: number) => number

/** Adds a place. */
function rise(heap: number[], place: number, compare: Compare): void {
  let at = heap.push(place) - 1
  while (at > 0) {
    const above = (at - 1) >> 1
    if (compare(heap[above]!, place) > 0) break
    heap[at] = heap[above]!
    at = above
  }
  heap[at] = place
}

/** Puts a place where the worst was. */
function sink(heap: number[], place: number, compare: Compare): void {
  let at = 0
  for (;;) {
    let below = 2 * at + 1
    if (below >= heap.length) break
    if (below + 1 < heap.length && compare(heap[below + 1]!, heap[below]!) > 0) below++
    if (compare(heap[below]!, place) < 0) break
    heap[at] = heap[below]!
    at = below
  }
  heap[at] = place
}
