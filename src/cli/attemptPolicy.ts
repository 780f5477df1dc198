import { type MonoTypeOperatorFunction, Observable, type SchedulerAction, asyncScheduler, defer, identity, retry, tap, throwError, timer } from 'rxjs'
import { ProviderError, RagError } from '../errors.ts'
import type { Chunk } from '../types/chunk.ts'
import type { Gate } from '../types/gate.ts'

export interface AttemptPolicy {
  /** Further attempts after a failure that may pass, before the first text. */
  readonly maxRetries: number
  /** Longest silence of the model in one attempt. Absent: none. */
  readonly timeoutMs?: number
  /** While it is held the model is not read, so its silence is ours. */
  readonly gate?: Gate
}

const firstDelayMs = 500
const longestDelayMs = 8000
/** A server that wants more than this is not waited for. */
const longestRetryAfterMs = 60_000

/**
 * What `--max-retries` and `--timeout` do inside an attempt. A retry is silent, so it ends at the first text: text that was
 * shown is not taken back. Delays double from half a second, with full jitter; what the server asked for comes first.
 */
export function attemptPolicy({ maxRetries, timeoutMs, gate }: AttemptPolicy): MonoTypeOperatorFunction<Chunk> {
  return (chunks) =>
    defer(() => {
      let shown = false
      const delay = (error: unknown, attempt: number): Observable<unknown> => {
        const wait = error instanceof RagError && error.retryable && !shown ? delayOf(error, attempt) : Infinity
        return wait > longestRetryAfterMs ? throwError(() => error) : timer(wait)
      }
      return chunks.pipe(
        timeoutMs === undefined ? identity : silenceLimit(timeoutMs, gate),
        tap((chunk) => (shown ||= chunk.type === 'text' || chunk.type === 'reasoning')),
        retry({ count: maxRetries, delay }),
      )
    })
}

function delayOf(error: RagError, attempt: number): number {
  if (error instanceof ProviderError && error.retryAfterMs !== undefined) return error.retryAfterMs
  return Math.random() * Math.min(longestDelayMs, firstDelayMs * 2 ** (attempt - 1))
}

/** Fails when nothing comes for so long, without the time for which the gate was held. One timer for the whole stream. */
function silenceLimit(timeoutMs: number, gate: Gate | undefined): MonoTypeOperatorFunction<Chunk> {
  const heldMs = () => (gate?.heldNs ?? 0) / 1e6
  return (chunks) =>
    new Observable((subscriber) => {
      let heard = asyncScheduler.now() - heldMs()
      function check(this: SchedulerAction<unknown>): void {
        const leftMs = heard + timeoutMs - (asyncScheduler.now() - heldMs())
        if (leftMs > 0) this.schedule(undefined, Math.ceil(leftMs))
        else subscriber.error(new RagError('timeout', `The model sent nothing for ${timeoutMs / 1000} s (--timeout)`, { retryable: true }))
      }
      subscriber.add(asyncScheduler.schedule(check, timeoutMs))
      subscriber.add(chunks.pipe(tap(() => (heard = asyncScheduler.now() - heldMs()))).subscribe(subscriber))
    })
}
