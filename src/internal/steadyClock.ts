import type { SchedulerLike } from 'rxjs'

/** A scheduler's milliseconds that never go back: the usual scheduler reads the time of day, which may be set. */
export function steadyClock(scheduler: SchedulerLike): () => number {
  let lost = 0
  let last = -Infinity
  return () => {
    const read = scheduler.now() + lost
    if (read < last) lost += last - read
    last = Math.max(last, read)
    return last
  }
}
