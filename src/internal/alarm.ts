import { Observable, type Subscription, asyncScheduler } from 'rxjs'
import { longestTimerMs } from './longestTimerMs.ts'

export interface AlarmSettings {
  /** Milliseconds on a clock that may stand still. */
  readonly now: () => number
  readonly standsStill: () => boolean
  /** Time between two looks while the clock stands still. */
  readonly pauseMs: number
  /** When it is due, as things are; `Infinity`: not at all. Asked when the timer ends, so moving it away costs nothing. */
  readonly dueAt: () => number
  readonly toError: () => Error
}

export interface Alarm {
  /** Fails when the alarm goes off, else is silent. For one subscription. */
  readonly rings: Observable<never>
  /** Tells that it may be due earlier than before. */
  hasten(): void
}

/**
 * One timer for a limit that moves: when it ends, it looks what is left and waits for the rest.
 *
 * It goes off only one turn of the event loop after it is due: after a time in which the program was busy, what has come
 * meanwhile is read in that turn, and counts.
 */
export function createAlarm({ now, standsStill, pauseMs, dueAt, toError }: AlarmSettings): Alarm {
  let look: () => void = () => undefined
  let lookedFor = Infinity

  const rings = new Observable<never>((subscriber) => {
    let timer: Subscription | undefined
    let overdue = false
    const lookAfter = (delayMs: number) => {
      timer?.unsubscribe()
      timer = asyncScheduler.schedule(look, Math.min(delayMs, longestTimerMs))
    }
    look = () => {
      lookedFor = dueAt()
      const rest = lookedFor - now()
      const wasOverdue = overdue
      overdue = rest <= 0
      if (overdue && wasOverdue) subscriber.error(toError())
      else if (overdue) lookAfter(0)
      else if (rest < Infinity) lookAfter(standsStill() ? Math.max(rest, pauseMs) : rest)
    }
    subscriber.add(() => {
      timer?.unsubscribe()
      look = () => undefined
    })
    look()
  })
  const hasten = () => {
    if (dueAt() < lookedFor) look()
  }
  return { rings, hasten }
}
