/** Numbers, of which the least is at hand. */
export interface NumberHeap {
  /** Infinity when there is none. */
  readonly least: number
  push(value: number): void
  /** Takes the least out. */
  pop(): number
  clear(): void
}

export function createNumberHeap(): NumberHeap {
  const heap: number[] = []
  return {
    get least() {
      return heap[0] ?? Number.POSITIVE_INFINITY
    },
    push(value) {
      let index = heap.push(value) - 1
      for (let parent = (index - 1) >> 1; index > 0 && heap[parent]! > value; parent = (index - 1) >> 1) {
        heap[index] = heap[parent]!
        index = parent
      }
      heap[index] = value
    },
    pop() {
      const least = heap[0] ?? Number.POSITIVE_INFINITY
      const last = heap.pop()
      if (last === undefined || heap.length === 0) return least
      let index = 0
      for (;;) {
        const left = 2 * index + 1
        const child = left + 1 < heap.length && heap[left + 1]! < heap[left]! ? left + 1 : left
        if (child >= heap.length || heap[child]! >= last) break
        heap[index] = heap[child]!
        index = child
      }
      heap[index] = last
      return least
    },
    clear() {
      heap.length = 0
    },
  }
}
