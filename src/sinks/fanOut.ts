import { type Observable, type OperatorFunction, catchError, connect, defer, forkJoin, map, of, throwError, throwIfEmpty } from 'rxjs'
import { InvalidOptionError, RagError, SinkError } from '../errors.ts'
import type { Chunk } from '../types/chunk.ts'

/** How one sink ended: with its summary, or with its error and what it had written until then. */
export type Settled<S> =
  | { readonly ok: true; readonly summary: S }
  | { readonly ok: false; readonly error: unknown; readonly summary?: S }

type Sink<S> = OperatorFunction<Chunk, S>
type SettledAll<T extends readonly unknown[]> = { [K in keyof T]: Settled<T[K]> }

/**
 * Sends one answer to several sinks, and emits one tuple of how each ended, in the order of the arguments.
 *
 * A sink that fails does not disturb the others. The source runs once, however many sinks there are. A sink that falls behind
 * has its own queue, in which waiting text is merged; give all of them the query's gate. Above its high-water mark a sink that
 * is to `pause` holds the gate, and the others wait with it for at most `maxHoldMs`; then, or when its queue is full, it alone
 * fails with `OverflowError`. A sink that is to be `cut` never holds. The tuple waits for the slowest, at most `maxHoldMs` for
 * each write after the answer's end.
 *
 * - Order: each sink gets every chunk in order. Memory: none of its own; each sink's queue is bounded in bytes, see `SinkOptions`.
 * - Drop: all sinks are dropped, then the source.
 * - Errors: the source's own, once every sink has closed, as `SinkError` with the tuple as its summary. Only sinks that failed: no error.
 *
 * @throws InvalidOptionError at the call, when there is no sink.
 *
 * @example
 * answer$.pipe(fanOut(toStdout(), toFile('answer.md')))
 */
export function fanOut<T extends readonly unknown[]>(...sinks: { [K in keyof T]: Sink<T[K]> }): OperatorFunction<Chunk, SettledAll<T>> {
  if (sinks.length === 0) throw new InvalidOptionError('Expected at least one sink')
  return (chunks) =>
    defer(() => {
      // Each sink sees the source's error and settles; without this note it would look like success.
      let sourceFailed: { readonly error: unknown } | undefined
      return chunks.pipe(
        // Not `tap`: this passes chunks on without a call for each.
        catchError((error: unknown) => {
          sourceFailed = { error }
          return throwError(() => error)
        }),
        connect((shared) => forkJoin((sinks as readonly Sink<unknown>[]).map((sink) => settle(shared, sink)))),
        map((settled) => {
          if (sourceFailed === undefined) return settled as SettledAll<T>
          throw new SinkError(sourceFailed.error, settled)
        }),
      )
    })
}

function settle(shared: Observable<Chunk>, sink: Sink<unknown>): Observable<Settled<unknown>> {
  return defer(() => shared.pipe(sink)).pipe(
    map((summary): Settled<unknown> => ({ ok: true, summary })),
    throwIfEmpty(() => new RagError('no-summary', 'Expected a summary from the sink, got none')),
    catchError((error: unknown) => of(failed(error))),
  )
}

function failed(error: unknown): Settled<unknown> {
  return error instanceof SinkError ? { ok: false, error: error.cause, summary: error.summary } : { ok: false, error }
}
