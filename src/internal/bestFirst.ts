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
  // Several times as many blocks as places are wanted, so that their highest scores say which are high.
  const blockLength = Math.min(512, Math.max(16, Math.floor(scores.length / (8 * Math.max(1, count)))))
  const blocks = highestOfBlocks(scores, blockLength, accepts)
  /** A heap of the best so far: the worst of them goes next. */
  const heap: number[] = []
  // As many places as are wanted, each of another block, have this score; the least number above 0 shuts out those that hold no term.
  const least = Math.max(Number.MIN_VALUE, blocks.toSorted()[blocks.length - count] ?? 0)
  for (let block = 0; block < blocks.length; block++) {
    if (blocks[block]! < least) continue
    const end = Math.min(scores.length, (block + 1) * blockLength)
    for (let place = block * blockLength; place < end; place++) {
      if (scores[place]! < least || !accepts(place)) continue
      if (heap.length < count) pushHeap(heap, place, isWorse)
      else if (count > 0 && isWorse(heap[0]!, place)) replaceFirst(heap, place, isWorse)
    }
  }
  return heap.toSorted(compare).map((place) => ({ place, score: scores[place]! }))
}

/** The highest accepted score of each block; 0 of one that has none above. */
function highestOfBlocks(scores: Float64Array, blockLength: number, accepts: (place: number) => boolean): Float64Array {
  const highest = new Float64Array(Math.ceil(scores.length / blockLength))
  for (let block = 0, place = 0; block < highest.length; block++) {
    let most = 0
    for (const end = Math.min(scores.length, place + blockLength); place < end; place++) {
      if (scores[place]! > most && accepts(place)) most = scores[place]!
    }
    highest[block] = most
  }
  return highest
}
