/** A binary heap in a list of numbers: the first is the one that goes next. `goesBefore` says which of two is nearer to the first. */
type Before = (a: number, b: number) => boolean

/** Adds an item. */
export function pushHeap(heap: number[], item: number, goesBefore: Before): void {
  let at = heap.push(item) - 1
  while (at > 0) {
    const above = (at - 1) >> 1
    if (!goesBefore(item, heap[above]!)) break
    heap[at] = heap[above]!
    at = above
  }
  heap[at] = item
}

/** Puts an item in the place of the first. */
export function replaceFirst(heap: number[], item: number, goesBefore: Before): void {
  let at = 0
  for (;;) {
    let below = 2 * at + 1
    if (below >= heap.length) break
    if (below + 1 < heap.length && goesBefore(heap[below + 1]!, heap[below]!)) below++
    if (!goesBefore(heap[below]!, item)) break
    heap[at] = heap[below]!
    at = below
  }
  heap[at] = item
}
