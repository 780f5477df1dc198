import { Observable, type ObservableInput, Subscription, from } from 'rxjs'
import { nowNs } from '../internal/mark.ts'

/** When one of the starts was due, and how much later it came than it could have. */
export interface Start {
  readonly dueNs: number
  /** After its time, or after the place that it waited for was free: what the program itself was late by. */
  readonly lagMs: number
}

/**
 * Starts a projection at each of the times, whatever became of those before: an open loop. One that is late is started at once.
 *
 * - Order: starts in order; what they emit is interleaved. Memory: what is running.
 * - Drop: no more are started, and those that run are dropped. Errors: the first of a projection ends all.
 *
 * @param timesMs ascending, from the subscription on.
 * @param maxRunning above so many, starts wait for an end. Default: no bound.
 */
export function atTimes<R>(timesMs: ArrayLike<number>, project: (index: number, start: Start) => ObservableInput<R>, maxRunning = Infinity): Observable<R> {
  return new Observable<R>((subscriber) => {
    const startNs = nowNs()
    const dueNs = (index: number) => startNs + (timesMs[index] ?? 0) * 1e6
    let next = 0
    let running = 0
    let freeSinceNs = startNs
    let timer: ReturnType<typeof setTimeout> | undefined

    const mayStart = () => next < timesMs.length && running < maxRunning && !subscriber.closed
    const end = () => {
      if (running-- === maxRunning) freeSinceNs = nowNs()
      if (running === 0 && next >= timesMs.length) subscriber.complete()
      else startDue()
    }
    const start = (index: number) => {
      running++
      const due = dueNs(index)
      const one = new Subscription()
      subscriber.add(one)
      one.add(
        from(project(index, { dueNs: due, lagMs: (nowNs() - Math.max(due, freeSinceNs)) / 1e6 })).subscribe({
          next: (value) => subscriber.next(value),
          error: (error: unknown) => subscriber.error(error),
          complete: () => {
            subscriber.remove(one)
            end()
          },
        }),
      )
    }
    const startDue = () => {
      while (mayStart() && dueNs(next) <= nowNs()) start(next++)
      clearTimeout(timer)
      if (mayStart()) timer = setTimeout(startDue, Math.max(0, (dueNs(next) - nowNs()) / 1e6))
    }
    subscriber.add(() => clearTimeout(timer))
    if (timesMs.length === 0) subscriber.complete()
    else startDue()
  })
}
