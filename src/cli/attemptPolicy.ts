import { type MonoTypeOperatorFunction, type Observable, defer, pipe, retry, tap, throwError, timeout, timer } from 'rxjs'
import { InvalidOptionError, ProviderError, RagError } from '../errors.ts'
import type { Chunk } from '../types/chunk.ts'

export interface AttemptPolicy {
  /** Further attempts after a failure that may pass, before the first text. */
  readonly maxRetries: number
  /** Longest silence of the model in one attempt. Absent: none. */
  readonly timeoutMs?: number
}

const firstDelayMs = 500
const longestDelayMs = 8000

/**
 * What `--max-retries` and `--timeout` do inside an attempt. A retry is silent, so it ends at the first text: text that was
 * shown is not taken back. Delays double from half a second, with full jitter; what the server asked for comes first.
 */
export function attemptPolicy({ maxRetries, timeoutMs }: AttemptPolicy): MonoTypeOperatorFunction<Chunk> {
  if (!Number.isSafeInteger(maxRetries) || maxRetries < 0) throw new InvalidOptionError(`Expected --max-retries to be 0 or more, got ${maxRetries}`)
  const limited: MonoTypeOperatorFunction<Chunk> =
    timeoutMs === undefined ? pipe() : timeout({ each: timeoutMs, with: () => throwError(() => silent(timeoutMs)) })

  return (chunks) =>
    defer(() => {
      let shown = false
      const delay = (error: unknown, attempt: number): Observable<unknown> =>
        shown || !(error instanceof RagError) || !error.retryable ? throwError(() => error) : timer(delayOf(error, attempt))
      return chunks.pipe(
        limited,
        tap((chunk) => (shown ||= chunk.type === 'text')),
        retry({ count: maxRetries, delay }),
      )
    })
}

function delayOf(error: RagError, attempt: number): number {
  if (error instanceof ProviderError && error.retryAfterMs !== undefined) return error.retryAfterMs
  return Math.random() * Math.min(longestDelayMs, firstDelayMs * 2 ** (attempt - 1))
}

function silent(timeoutMs: number): RagError {
  return new RagError('timeout', `The model sent nothing for ${timeoutMs / 1000} s (--timeout)`, { retryable: true })
}
