import type { RunLog } from './runLog.ts'

/** The bytes of all logs together, which have a bound. */
export interface LogRoom {
  readonly bytes: number
  add(log: RunLog): void
  remove(log: RunLog): void
  /** This log became larger or smaller by so much. */
  changed(bytes: number): void
}

/** Above the bound this part of it is made free, so that not every event looks at all logs. */
const freed = 1 / 8

/** The largest logs lose their oldest events first: one endless answer does not cost all others what they said. */
export function createLogRoom(maxBytes: number): LogRoom {
  const logs = new Set<RunLog>()
  let total = 0
  const makeRoom = () => {
    const wanted = maxBytes * (1 - freed)
    for (const log of [...logs].toSorted((a, b) => b.bytes - a.bytes)) {
      if (total <= wanted) return
      const before = log.bytes
      log.shrink(Math.max(0, before - (total - wanted)))
      total -= before - log.bytes
    }
  }
  return {
    get bytes() {
      return total
    },
    add: (log) => void logs.add(log),
    remove(log) {
      if (logs.delete(log)) total -= log.bytes
    },
    changed(bytes) {
      total += bytes
      if (total > maxBytes) makeRoom()
    },
  }
}
