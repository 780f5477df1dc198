import { type Subscription, asyncScheduler } from 'rxjs'
import { longestTimerMs } from './longestTimerMs.ts'

export interface AlarmSettings {
  /** Milliseconds on a clock that may stand still. */
  readonly now: () => number
  /** Time between two looks while the clock stands still; 0 while it runs. */
  readonly pauseMs: () => number
  /** When it is due, as things are; `Infinity`: not at all. Asked when the timer ends, so moving it away costs nothing. */
  readonly dueAt: () => number
  readonly ring: () => void
}

/**
 * One timer for a limit that moves: when it ends, it looks what is left and waits for the rest. It starts when it is made.
 *
 * It goes off only one turn of the event loop after it is due: after a time in which the program was busy, what has come
 * meanwhile is read in that turn, and counts.
 */
export class Alarm {
  readonly #settings: AlarmSettings
  #timer: Subscription | undefined
  #lookedFor = Infinity
  #overdue = false

  constructor(settings: AlarmSettings) {
    this.#settings = settings
    this.#look()
  }

  /** Tells that it may be due earlier than before. */
  hasten(): void {
    if (this.#settings.dueAt() < this.#lookedFor) this.#look()
  }

  end(): void {
    this.#timer?.unsubscribe()
  }

  readonly #look = (): void => {
    const { now, pauseMs, dueAt, ring } = this.#settings
    this.#lookedFor = dueAt()
    const rest = this.#lookedFor - now()
    const wasOverdue = this.#overdue
    this.#overdue = rest <= 0
    if (this.#overdue && wasOverdue) ring()
    else if (this.#overdue) this.#lookAfter(0)
    else if (rest < Infinity) this.#lookAfter(Math.max(rest, pauseMs()))
  }

  #lookAfter(delayMs: number): void {
    this.end()
    this.#timer = asyncScheduler.schedule(this.#look, Math.min(delayMs, longestTimerMs))
  }
}
