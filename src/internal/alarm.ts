import { type Subscription, type Unsubscribable, asyncScheduler } from 'rxjs'
import { longestTimerMs } from './longestTimerMs.ts'

/** What has an alarm. */
export interface Alarmed {
  /** Milliseconds on a clock that may stand still. */
  now(): number
  /** Time between two looks while the clock stands still; 0 while it runs. */
  pauseMs(): number
  /** When it is due, as things are; `Infinity`: not at all. Asked when the timer ends, so moving it away costs nothing. */
  dueAt(): number
  ring(): void
}

/**
 * One timer for a limit that moves: when it ends, it looks what is left and waits for the rest. It starts when it is made.
 *
 * It goes off only one turn of the event loop after it is due: after a time in which the program was busy, what has come
 * meanwhile is read in that turn, and counts.
 */
export class Alarm implements Unsubscribable {
  readonly #owner: Alarmed
  #timer: Subscription | undefined
  #lookedFor = Infinity
  #overdue = false

  constructor(owner: Alarmed) {
    this.#owner = owner
    this.#look()
  }

  /** Tells that it may be due earlier than before. */
  hasten(): void {
    if (this.#owner.dueAt() < this.#lookedFor) this.#look()
  }

  unsubscribe(): void {
    this.#timer?.unsubscribe()
  }

  static #lookOf(alarm: Alarm | undefined): void {
    if (alarm !== undefined) alarm.#look()
  }

  #look(): void {
    const owner = this.#owner
    this.#lookedFor = owner.dueAt()
    const rest = this.#lookedFor - owner.now()
    const wasOverdue = this.#overdue
    this.#overdue = rest <= 0
    if (this.#overdue && wasOverdue) owner.ring()
    else if (this.#overdue) this.#lookAfter(0)
    else if (rest < Infinity) this.#lookAfter(Math.max(rest, owner.pauseMs()))
  }

  #lookAfter(delayMs: number): void {
    this.unsubscribe()
    this.#timer = asyncScheduler.schedule(Alarm.#lookOf, Math.min(delayMs, longestTimerMs), this)
  }
}
