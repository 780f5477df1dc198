import type { Embedder } from '../types/ports.ts'

/** An embedder that asks in another way; all else is that of the one inside. */
export function decoratedEmbedder(embedder: Embedder, embed: Embedder['embed']): Embedder {
  const { id, maxBatchSize, maxBatchTokens } = embedder
  return {
    id,
    // Known only after the first request, with some embedders.
    get dimensions() {
      return embedder.dimensions
    },
    ...(maxBatchSize !== undefined && { maxBatchSize }),
    ...(maxBatchTokens !== undefined && { maxBatchTokens }),
    embed,
  } as Embedder
}
