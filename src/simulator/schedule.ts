/** Runs things when they are due, all by one timer. */
export interface Schedule {
  /** Runs at a time of `performance.now()`, never before it. Gives what cancels it. */
  at(dueMs: number, run: () => void): () => void
}

interface Entry {
  readonly dueMs: number
  readonly run: () => void
  /** Where it is in the heap; -1 when it is no longer. */
  index: number
}

/** Timers know no more than 24 days. */
const longestTimerMs = 2 ** 31 - 1

/**
 * A schedule whose entries stand in a heap by time: thousands of answers cost one timer, and what is overdue runs in one go.
 * Memory: one entry for each thing that is waited for; a cancelled one goes at once.
 */
export function createSchedule(): Schedule {
  const heap: Entry[] = []
  let timer: NodeJS.Timeout | undefined
  let timerDueMs = Number.POSITIVE_INFINITY
  let firing = false

  const put = (entry: Entry, index: number) => {
    heap[index] = entry
    entry.index = index
  }
  const rise = (entry: Entry, from: number) => {
    let index = from
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (heap[parent]!.dueMs <= entry.dueMs) break
      put(heap[parent]!, index)
      index = parent
    }
    put(entry, index)
  }
  const sink = (entry: Entry, from: number) => {
    let index = from
    for (;;) {
      const left = 2 * index + 1
      if (left >= heap.length) break
      const right = left + 1
      const child = right < heap.length && heap[right]!.dueMs < heap[left]!.dueMs ? right : left
      if (heap[child]!.dueMs >= entry.dueMs) break
      put(heap[child]!, index)
      index = child
    }
    put(entry, index)
  }
  const remove = (entry: Entry) => {
    const { index } = entry
    if (index === -1) return
    entry.index = -1
    const last = heap.pop()!
    if (last === entry) return
    sink(last, index)
    rise(last, last.index)
  }
  const arm = () => {
    const next = heap[0]?.dueMs ?? Number.POSITIVE_INFINITY
    if (firing || next === timerDueMs) return
    clearTimeout(timer)
    timerDueMs = next
    if (heap.length === 0) return
    timer = setTimeout(fire, Math.min(longestTimerMs, Math.max(1, Math.ceil(next - performance.now()))))
  }
  const fire = () => {
    timerDueMs = Number.POSITIVE_INFINITY
    firing = true
    // What becomes due meanwhile has its turn in the next round, so that sockets have theirs.
    const now = performance.now()
    while (heap.length > 0 && heap[0]!.dueMs <= now) {
      const entry = heap[0]!
      remove(entry)
      entry.run()
    }
    firing = false
    arm()
  }

  return {
    at(dueMs, run) {
      const entry: Entry = { dueMs, run, index: heap.length }
      heap.push(entry)
      rise(entry, entry.index)
      if (entry.index === 0) arm()
      return () => {
        remove(entry)
        if (heap.length === 0) arm()
      }
    },
  }
}
