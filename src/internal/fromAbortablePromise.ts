import { Observable } from 'rxjs'

/** A cold Observable over one abortable call: emits its result and completes; unsubscribing aborts the signal. */
export function fromAbortablePromise<T>(call: (signal: AbortSignal) => Promise<T>): Observable<T> {
  return new Observable<T>((subscriber) => {
    const controller = new AbortController()
    subscriber.add(() => controller.abort())
    call(controller.signal).then(
      (value) => {
        subscriber.next(value)
        subscriber.complete()
      },
      (error: unknown) => subscriber.error(error),
    )
  })
}
