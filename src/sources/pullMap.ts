import { Observable, type ObservableInput, type Subscriber, from } from 'rxjs'
import { requirePositiveInteger } from '../internal/requirePositiveInteger.ts'
import { Step } from '../internal/step.ts'

export interface PullMapOptions {
  /** Projections running at once. Default 1. */
  readonly concurrency?: number
}

/**
 * Maps each item of an iterable to an Observable, and takes the next item only when a slot is free.
 * So a large input is never ahead of the work by more than `concurrency` items: how anything large enters.
 *
 * - Order: items are taken in order; with `concurrency` above 1 what they emit is interleaved.
 * - Memory: `concurrency` items; what a projection emits is passed on at once.
 * - Drop: unsubscribing ends the running projections and then calls the iterator's `return()`,
 *   which waits behind a pending `next()` and is not waited for.
 * - Errors: the iterable's, the projection's and its Observable's first error end the stream and the other projections.
 *
 * @throws InvalidOptionError at the call, when `concurrency` is not a positive integer.
 *
 * @example
 * pullMap(filesIn('docs'), (file) => load(file), { concurrency: 4 })
 */
export function pullMap<T, R>(
  items: AsyncIterable<T> | Iterable<T>,
  project: (item: T, index: number) => ObservableInput<R>,
  options: PullMapOptions = {},
): Observable<R> {
  const { concurrency = 1 } = options
  requirePositiveInteger('concurrency', concurrency)

  return new Observable<R>((subscriber) => {
    const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]()
    let index = 0
    let exhausted = false
    subscriber.add(() => {
      if (!exhausted) ignore(() => iterator.return?.())
    })

    const runSlot = async () => {
      while (!exhausted && !subscriber.closed) {
        const result = await iterator.next()
        if (subscriber.closed) return
        if (result.done) {
          exhausted = true
          return
        }
        await runOne(result.value)
      }
    }
    const runOne = (item: T) => new Promise<void>((resolve) => from(project(item, index++)).subscribe(new Projection(subscriber, resolve)))

    Promise.all(Array.from({ length: concurrency }, runSlot)).then(
      () => subscriber.complete(),
      (error: unknown) => {
        if (!subscriber.closed) subscriber.error(error)
      },
    )
  })
}

/** What one item became. Its end frees the slot; its error ends all, at once, before another slot begins something. */
class Projection<R> extends Step<R> {
  constructor(to: Subscriber<R>, onOver: () => void) {
    super(to)
    this.add(onOver)
  }

  protected override _complete(): void {
    this.unsubscribe()
  }
}

/** Nobody is left to whom a failing clean-up could be told. */
function ignore(end: () => unknown): void {
  new Promise((resolve) => resolve(end())).catch(() => undefined)
}
