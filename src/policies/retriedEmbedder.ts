import { type Observable, catchError, concat, defer, map, retry, throwError, timer, toArray } from 'rxjs'
import { InvalidOptionError, ProviderError } from '../errors.ts'
import { retryDelay } from '../internal/retryDelay.ts'
import type { Embedding } from '../types/document.ts'
import type { Embedder } from '../types/ports.ts'

export interface RetriedEmbedderOptions {
  /** Further requests for the same texts after the first. Default 3. */
  readonly maxRetries?: number
  /** Bound of the first wait; it doubles. Default 500. */
  readonly baseDelayMs?: number
  /** Default 8,000. */
  readonly maxDelayMs?: number
  /** A server that asks for a longer wait is not waited for. Default 60,000. */
  readonly maxRetryAfterMs?: number
  /** Gives a number from 0 up to 1. Default `Math.random`. */
  readonly random?: () => number
}

/**
 * Sends requests for embeddings again after failures that may pass, with back-off and jitter as `retryStream`, and halves a
 * request that the server refuses as too large, down to single texts. Inside `batched`, which makes the requests.
 *
 * - Order: embeddings in the order of the texts, one array.
 * - Memory: the embeddings of one call.
 * - Drop: unsubscribing ends the request or the wait.
 * - Errors: the embedder's, when it is not retryable, the last attempt failed, or a single text is refused.
 *
 * @throws InvalidOptionError at the call, when `maxRetries` is not a whole number of 0 or more.
 *
 * @example
 * const embedder = batched(retriedEmbedder(openaiEmbedder({ model, apiKey })))
 */
export function retriedEmbedder(embedder: Embedder, options: RetriedEmbedderOptions = {}): Embedder {
  const { maxRetries = 3, baseDelayMs = 500, maxDelayMs = 8_000, maxRetryAfterMs = 60_000, random = Math.random } = options
  if (!Number.isInteger(maxRetries) || maxRetries < 0) throw new InvalidOptionError(`Expected maxRetries to be 0 or a positive integer, got ${maxRetries}`)
  const backOff = { baseDelayMs, maxDelayMs, maxRetryAfterMs, random }
  const { id, maxBatchSize, maxBatchTokens } = embedder

  const attempt = (texts: readonly string[]): Observable<readonly Embedding[]> =>
    defer(() => embedder.embed(texts)).pipe(
      retry({
        count: maxRetries,
        delay: (error: unknown, failures) => {
          const delay = retryDelay(error, failures, backOff)
          return delay === undefined ? throwError(() => error) : timer(delay)
        },
      }),
    )
  const embed = (texts: readonly string[]): Observable<readonly Embedding[]> =>
    attempt(texts).pipe(
      catchError((error: unknown) => {
        if (texts.length < 2 || !isTooLarge(error)) throw error
        const middle = Math.ceil(texts.length / 2)
        return concat(embed(texts.slice(0, middle)), embed(texts.slice(middle))).pipe(
          toArray(),
          map((halves) => halves.flat()),
        )
      }),
    )

  return {
    id,
    get dimensions() {
      return embedder.dimensions
    },
    ...(maxBatchSize !== undefined && { maxBatchSize }),
    ...(maxBatchTokens !== undefined && { maxBatchTokens }),
    embed,
  } as Embedder
}

/** Servers say it with 413, or with 400 and words of their own. */
function isTooLarge(error: unknown): boolean {
  if (!(error instanceof ProviderError)) return false
  return error.status === 413 || (error.status === 400 && /too (many|large|long)|max(imum)? .*(tokens|length|context|batch)|exceed/i.test(error.message))
}
