import { createNumberHeap } from './numberHeap.ts'

/** Runs things when they are due, all by one timer. */
export interface Schedule {
  createAlarm(run: () => void): Alarm
}

/** Waits for one time after the other. */
export interface Alarm {
  /** Runs at a time of `performance.now()`, never before it and no later than it must, instead of when it was set to before. */
  set(dueMs: number): void
  clear(): void
}

/** Timers know no more than 24 days. */
const longestTimerMs = 2 ** 31 - 1

/**
 * A schedule by whole milliseconds, as timers are: thousands of answers cost one timer, and what is due together runs in one go.
 * Memory: an entry for each alarm that is set, and a number for each millisecond that something was set to.
 */
export function createSchedule(): Schedule {
  const alarms = new Map<number, Set<() => void>>()
  /** The keys, and some whose alarms were cleared. */
  const times = createNumberHeap()
  let timer: NodeJS.Timeout | undefined
  let timerAt = Number.POSITIVE_INFINITY

  const add = (time: number, run: () => void) => {
    const set = alarms.get(time)
    if (set) return void set.add(run)
    alarms.set(time, new Set([run]))
    times.push(time)
    if (time < timerAt) arm()
  }
  const remove = (time: number, run: () => void) => {
    const set = alarms.get(time)
    if (!set?.delete(run) || set.size > 0) return
    alarms.delete(time)
    if (alarms.size > 0) return
    times.clear()
    arm()
  }
  const arm = () => {
    clearTimeout(timer)
    timerAt = times.least
    if (timerAt === Number.POSITIVE_INFINITY) return
    timer = setTimeout(fire, Math.min(longestTimerMs, Math.max(1, Math.ceil(timerAt - performance.now()))))
  }
  const fire = () => {
    // What becomes due meanwhile has its turn in the next round, so that sockets have theirs.
    const now = performance.now()
    timerAt = Number.NEGATIVE_INFINITY
    while (times.least <= now) {
      const time = times.pop()
      const set = alarms.get(time) ?? []
      alarms.delete(time)
      for (const run of set) run()
    }
    arm()
  }

  return {
    createAlarm(run) {
      let time = Number.NaN
      const alarm = () => {
        time = Number.NaN
        run()
      }
      const clear = () => {
        if (!Number.isNaN(time)) remove(time, alarm)
        time = Number.NaN
      }
      return {
        set(dueMs) {
          clear()
          time = Math.ceil(dueMs)
          add(time, alarm)
        },
        clear,
      }
    },
  }
}
