import { defer } from 'rxjs'
import { decoratedEmbedder } from '../internal/decoratedEmbedder.ts'
import { estimatedTokens } from '../internal/estimatedTokens.ts'
import type { Embedder, Tokenizer } from '../types/ports.ts'
import type { Limiter } from './limiter.ts'

export interface LimitedEmbedderOptions {
  /** Shared with the models and embedders of the same service. */
  readonly limiter: Limiter
  /** Counts the texts. Default: an estimate by words. */
  readonly tokenizer?: Tokenizer
}

/**
 * Keeps the requests to an embedder within the limits of its service. Inside `batched`, which makes the requests:
 * `batched(limitedEmbedder(embedder, { limiter }))`. The port does not tell what was used, so what was counted stands.
 *
 * - Order: requests are sent in the order in which they were subscribed to.
 * - Drop: unsubscribing frees the place in the queue, or the running request's place, at once.
 * - Errors: the embedder's; `OverflowError` for more tokens in one request than the limiter's `tokensPerMinute`.
 *
 * @example
 * const limiter = createLimiter({ requestsPerMinute: 500, tokensPerMinute: 1_000_000 })
 * const embedder = batched(limitedEmbedder(openaiEmbedder({ model, apiKey }), { limiter }))
 */
export function limitedEmbedder(embedder: Embedder, options: LimitedEmbedderOptions): Embedder {
  const { limiter, tokenizer = estimatedTokens() } = options
  const tokensOf = (texts: readonly string[]) =>
    limiter.tokensPerMinute === undefined ? 1 : texts.reduce((sum, text) => sum + tokenizer.count(text), 0)
  return decoratedEmbedder(embedder, (texts) => defer(() => limiter.limit(tokensOf(texts), () => embedder.embed(texts))))
}
