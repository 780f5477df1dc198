import { type Observable, catchError, concat, defer, ignoreElements, of, timer } from 'rxjs'
import { RagError, toErrorInfo } from '../errors.ts'
import { pullMap } from '../sources/pullMap.ts'
import type { ChangedFiles } from '../sources/watchFiles.ts'
import type { ErrorInfo } from '../types/chunk.ts'
import { type IngestOptions, ingest } from './ingest.ts'
import type { IngestEvent } from './ingestCounts.ts'

export type WatchEvent =
  | IngestEvent
  /** A run begins: of everything, or of what has changed. */
  | { readonly type: 'started'; readonly whole: boolean }
  /** The store holds what was listed, and the next change is waited for. */
  | { readonly type: 'watching'; readonly whole: boolean }
  /** A run failed with something that may pass, and is repeated after `retryMs`. */
  | { readonly type: 'waiting'; readonly error: ErrorInfo; readonly retryMs: number }

/** Between two attempts at one change set: twice as long each time. */
const firstRetryMs = 1000
const longestRetryMs = 60_000

/**
 * Keeps a store equal to folders: an `ingest` of everything, and then one of each change set, one at a time. What changes during a run
 * is taken in by the next. What fails retryably (the embedding service, an index that another process writes) is tried again.
 *
 * - Order: for each run `started`, the events of `ingest`, `watching`; `waiting` between two attempts.
 * - Memory: that of `ingest`, and the paths that have changed since.
 * - Drop: ends the run as dropping `ingest` does, and the watching. It never completes by itself.
 * - Errors: those of `ingest` that are not retryable.
 *
 * @throws InvalidOptionError at the call, when an option cannot work.
 *
 * @example
 * watch(watchFiles('docs'), { store }).subscribe()
 */
export function watch(changes: AsyncIterable<ChangedFiles>, options: IngestOptions): Observable<WatchEvent> {
  const run = (files: ChangedFiles): Observable<WatchEvent> =>
    defer(() => {
      let retryMs = firstRetryMs
      return ingest(files, options).pipe(
        catchError((error: unknown, again: Observable<WatchEvent>) => {
          if (!(error instanceof RagError && error.retryable)) throw error
          const failed: WatchEvent = { type: 'waiting', error: toErrorInfo(error), retryMs }
          const wait = timer(retryMs).pipe(ignoreElements())
          retryMs = Math.min(2 * retryMs, longestRetryMs)
          return concat(of(failed), wait, again)
        }),
      )
    })
  // Options are checked here, not with the first change.
  ingest([], options)
  return pullMap(changes, (files) => {
    const { whole } = files
    return concat(of({ type: 'started' as const, whole }), run(files), of({ type: 'watching' as const, whole }))
  })
}
