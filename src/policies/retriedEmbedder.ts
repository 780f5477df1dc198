import { defer, retry, throwError, timer } from 'rxjs'
import { InvalidOptionError } from '../errors.ts'
import { decoratedEmbedder } from '../internal/decoratedEmbedder.ts'
import { retryDelay } from '../internal/retryDelay.ts'
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
 * Sends requests for embeddings again after failures that may pass, with back-off and jitter as `retryStream`.
 * Inside `batched`, which makes the requests and halves those that are refused.
 *
 * - Order: embeddings in the order of the texts, one array.
 * - Memory: the embeddings of one call.
 * - Drop: unsubscribing ends the request or the wait.
 * - Errors: the embedder's, when it is not retryable, or the last attempt failed.
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
  const delay = (error: unknown, failures: number) => {
    const delayMs = retryDelay(error, failures, backOff)
    return delayMs === undefined ? throwError(() => error) : timer(delayMs)
  }
  return decoratedEmbedder(embedder, (texts) => defer(() => embedder.embed(texts)).pipe(retry({ count: maxRetries, delay })))
}
