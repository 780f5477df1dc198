import { Observable, Subscription } from 'rxjs'

/**
 * Runs up to `concurrency` sources at once, and emits what they emit in the order of the sources: the first as it comes, of the others
 * what they have when it is their turn.
 *
 * Memory: what the sources that run ahead emit. Errors: the first source's that fails, at once. Drop: all that run.
 */
export function orderedMerge<T>(sources: readonly Observable<T>[], concurrency: number): Observable<T> {
  return new Observable<T>((subscriber) => {
    const waiting = sources.map((): T[] => [])
    const ended = sources.map(() => false)
    const running = new Subscription()
    subscriber.add(running)
    let current = 0
    let next = 0
    let active = 0

    const mayStart = () => active < concurrency && next < sources.length && !subscriber.closed
    const startMore = () => {
      while (mayStart()) start(next++)
    }
    const start = (index: number) => {
      active++
      const subscription = sources[index]!.subscribe({
        next: (value) => {
          if (index === current) subscriber.next(value)
          else waiting[index]!.push(value)
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => {
          ended[index] = true
          active--
          advance()
          startMore()
        },
      })
      running.add(subscription)
    }
    /** The turn goes to the first that has not ended; what it had comes now. */
    const advance = () => {
      while (ended[current] === true) {
        current++
        for (const value of waiting[current] ?? []) subscriber.next(value)
        waiting[current] = []
      }
      if (current >= sources.length) subscriber.complete()
    }
    if (sources.length === 0) subscriber.complete()
    startMore()
  })
}
