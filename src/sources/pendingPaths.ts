/** Paths of which something was heard, each with whether it is certain that it has changed. */
export type ChangedPaths = ReadonlyMap<string, boolean>

export interface PendingPaths {
  mark(path: string, isCertain: boolean, now: number): void
  /** When the first of them is due; `Infinity` when there is none. */
  dueAt(): number
  /** Those that are due, which are then no longer pending; without a time all of them. */
  take(now?: number): ChangedPaths
}

/** A path that is written all the time is due after this many times the wait. */
const longestWaits = 10

/** Holds each path until nothing was heard of it for a while. */
export function createPendingPaths(waitMs: number): PendingPaths {
  const pending = new Map<string, { readonly isCertain: boolean; readonly first: number; readonly last: number }>()
  const due = ({ first, last }: { first: number; last: number }) => Math.min(last + waitMs, first + longestWaits * waitMs)

  return {
    mark(path, isCertain, now) {
      const before = pending.get(path)
      pending.set(path, { isCertain: isCertain || before?.isCertain === true, first: before?.first ?? now, last: now })
    },
    dueAt() {
      let earliest = Infinity
      for (const times of pending.values()) earliest = Math.min(earliest, due(times))
      return earliest
    },
    take(now = Infinity) {
      const taken = new Map<string, boolean>()
      for (const [path, times] of pending) if (due(times) <= now) taken.set(path, times.isCertain)
      for (const path of taken.keys()) pending.delete(path)
      return taken
    },
  }
}
