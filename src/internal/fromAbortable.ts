import { Observable } from 'rxjs'

/**
 * A cold Observable over one abortable read.
 *
 * Subscribing opens it; unsubscribing aborts the signal at once, also while a read is pending. What fails after
 * that is nobody's any more and is dropped. Iteration stops at the first value after which nobody listens.
 */
export function fromAbortable<T>(open: (signal: AbortSignal) => AsyncIterable<T> | Promise<AsyncIterable<T>>): Observable<T> {
  return new Observable<T>((subscriber) => {
    const controller = new AbortController()
    subscriber.add(() => controller.abort())
    const pump = async () => {
      for await (const value of await open(controller.signal)) {
        if (subscriber.closed) return
        subscriber.next(value)
        if (subscriber.closed) return
      }
      subscriber.complete()
    }
    pump().catch((error: unknown) => subscriber.error(error))
  })
}
