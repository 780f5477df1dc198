import type { Grant, RunLog } from './runLog.ts'

/** The memory of all logs together, which has a bound. */
export interface LogRoom {
  readonly bytes: number
  add(log: RunLog): void
  remove(log: RunLog): void
  readonly grant: Grant
}

/** Above the bound this part of it is made free, so that not every log that grows looks at all others. */
const freed = 1 / 8

/**
 * When it is full, each answer that is being made may still have an equal share: what ended first loses its events, then answers that
 * have more than theirs. So one endless answer does not cost all others what they said.
 */
export function createLogRoom(maxBytes: number): LogRoom {
  const logs = new Set<RunLog>()
  let total = 0
  const shrink = (log: RunLog, bytes: number) => {
    const before = log.bytes
    log.shrink(bytes)
    total -= before - log.bytes
  }
  /** Counted without a list: a log that is refused asks again and again. */
  const growingLogs = () => {
    let count = 0
    for (const { ended } of logs) if (!ended) count++
    return count
  }
  const makeRoom = (wanted: number, growing: RunLog, share: number) => {
    const others = [...logs].filter((log) => log !== growing)
    const large = others.filter(({ ended, bytes }) => !ended && bytes > share).toSorted((a, b) => b.bytes - a.bytes)
    for (const log of others) if (log.ended && total > wanted) shrink(log, 0)
    for (const log of large) if (total > wanted) shrink(log, Math.max(share, log.bytes - (total - wanted)))
  }
  return {
    get bytes() {
      return total
    },
    add: (log) => void logs.add(log),
    remove(log) {
      if (logs.delete(log)) total -= log.bytes
      log.forget()
    },
    grant(log, bytes, must) {
      if (total + bytes > maxBytes) {
        const share = Math.floor(maxBytes / growingLogs())
        if (log.bytes + bytes > share && !must) return false
        makeRoom(maxBytes * (1 - freed) - bytes, log, share)
      }
      total += bytes
      return true
    },
  }
}
