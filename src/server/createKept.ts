/** Things that are kept for a time after their end, and only so many of them. */
export interface Kept<T> {
  readonly size: number
  add(item: T): void
}

/** @param forget Told of each that is kept no longer: the oldest when there are too many, each when its time is over. */
export function createKept<T>(most: number, keepMs: number, forget: (item: T) => void): Kept<T> {
  /** Oldest first, each with the timer that ends its time. */
  const timers = new Map<T, NodeJS.Timeout>()
  const end = (item: T) => {
    // A timer that waits would hold what nobody can ask for any more.
    clearTimeout(timers.get(item))
    timers.delete(item)
    forget(item)
  }
  return {
    get size() {
      return timers.size
    },
    add(item) {
      timers.set(item, setTimeout(end, keepMs, item).unref())
      for (const oldest of timers.keys()) {
        if (timers.size <= most) break
        end(oldest)
      }
    },
  }
}
