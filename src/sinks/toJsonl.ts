import { Observable, type OperatorFunction, Subscription } from 'rxjs'
import { SinkError } from '../errors.ts'
import type { JsonlLog, JsonlRow } from './openJsonl.ts'

export interface JsonlSummary {
  /** Rows without error that are on disk now. */
  readonly written: number
  /** Rows with an error: in the log for failures, when there is one. */
  readonly failed: number
  /** Items that `skipDone` left out because their rows were there. */
  readonly skipped: number
}

export interface ToJsonlOptions {
  /** Takes the rows with an `error`. Default: they are counted and not written, so that the next run takes them up again. */
  readonly failures?: Pick<JsonlLog, 'append' | 'close'>
}

/**
 * Writes rows into a log of `openJsonl`, and closes it. A row counts once it is on disk.
 *
 * - Order: as they come. Memory: what waits for the disk, bounded by the log; `skipDone` holds the source back well before that.
 * - Drop: what was given to it is still written; the logs are closed.
 * - Errors: the source's, and those of writing, as `SinkError` with the summary so far: what it counts is on disk.
 *
 * @example
 * rows.pipe(toJsonl(await openJsonl('answers.jsonl')))
 */
export function toJsonl<T extends JsonlRow>(log: JsonlLog, options: ToJsonlOptions = {}): OperatorFunction<T, JsonlSummary> {
  const { failures } = options
  return (rows) =>
    new Observable<JsonlSummary>((subscriber) => {
      let written = 0
      let failed = 0
      let writing = 0
      let ended = false
      let closing: Promise<void> | undefined
      const summary = (): JsonlSummary => ({ written, failed, skipped: log.skipped })
      const close = () => (closing ??= closeAll([log, ...(failures ? [failures] : [])]))
      const fail = async (cause: unknown) => {
        source.unsubscribe()
        // What was given before is on disk, and counted, when the logs are closed.
        await Promise.allSettled([close()])
        subscriber.error(new SinkError(cause, summary()))
      }
      const complete = async () => {
        if (writing > 0 || closing !== undefined) return
        try {
          await close()
        } catch (error) {
          return fail(error)
        }
        subscriber.next(summary())
        subscriber.complete()
      }
      const countWritten = () => {
        written++
        writing--
        if (ended) void complete()
      }
      const countFailed = () => {
        failed++
        writing--
        if (ended) void complete()
      }
      const write = (row: T) => {
        writing++
        if (row.error === undefined) void log.append(row).then(countWritten, fail)
        else if (failures === undefined) countFailed()
        else void failures.append(row).then(countFailed, fail)
      }
      const source = new Subscription()
      subscriber.add(source)
      subscriber.add(() => void close().catch(() => undefined))
      source.add(
        rows.subscribe({
          // Not bounded here: the log says how much may wait.
          next: write,
          error: (cause: unknown) => void fail(cause),
          complete: () => {
            ended = true
            void complete()
          },
        }),
      )
    })
}

async function closeAll(logs: readonly Pick<JsonlLog, 'close'>[]): Promise<void> {
  const ends = await Promise.allSettled(logs.map((log) => log.close()))
  for (const end of ends) if (end.status === 'rejected') throw end.reason
}
