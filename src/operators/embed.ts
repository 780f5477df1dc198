import { type OperatorFunction, asapScheduler, bufferCount, defer, map, mergeMap, subscribeOn, toArray } from 'rxjs'
import { ContractError } from '../errors.ts'
import { requireEmbeddings } from '../internal/checkEmbedding.ts'
import { requirePositiveInteger } from '../internal/requirePositiveInteger.ts'
import type { EmbeddedPassage, Embedding, Passage } from '../types/document.ts'
import type { Embedder } from '../types/ports.ts'

export interface EmbedOptions {
  /** Passages per request. Default: the embedder's `maxBatchSize`, else 64. */
  readonly batchSize?: number
  /** Requests in flight at once. Default 4. */
  readonly concurrency?: number
}

/**
 * Attaches an embedding to every passage, one request per batch.
 *
 * - Order: kept inside a batch; batches come out as their requests finish.
 * - Memory: holds one open batch and what the source pushes ahead of it: put it inside `pullMap`, one document an inner.
 * - Drop: unsubscribing ends the requests in flight; an open batch is dropped.
 * - Errors: the first failed request ends the stream with the embedder's error;
 *   `ContractError` when the number of embeddings or their dimensions are wrong.
 *
 * @throws InvalidOptionError at the call, when an option is not a positive integer.
 *
 * @example
 * document$.pipe(split(), embed(embedder, { concurrency: 8 }))
 */
export function embed(embedder: Embedder, options: EmbedOptions = {}): OperatorFunction<Passage, EmbeddedPassage> {
  const { batchSize = embedder.maxBatchSize ?? 64, concurrency = 4 } = options
  requirePositiveInteger('batchSize', batchSize)
  requirePositiveInteger('concurrency', concurrency)

  // Never synchronous: `mergeMap` hangs when thousands of waiting batches are answered from a cache at once.
  const embedBatch = (batch: readonly Passage[]) =>
    defer(() => embedder.embed(batch.map((passage) => passage.text))).pipe(
      subscribeOn(asapScheduler),
      toArray(),
      map((answers) => attach(embedder, batch, answers.flat())),
    )

  return (passages) =>
    passages.pipe(
      bufferCount(batchSize),
      mergeMap(embedBatch, concurrency),
      mergeMap((batch) => batch),
    )
}

function attach(embedder: Embedder, batch: readonly Passage[], embeddings: readonly Embedding[]): EmbeddedPassage[] {
  requireEmbeddings(embeddings, batch.length, embedder.id)
  const dimensions = embedder.dimensions ?? embeddings[0]?.length
  return batch.map((passage, index) => {
    const embedding = embeddings[index]!
    if (embedding.length === 0 || embedding.length !== dimensions) {
      throw new ContractError(`Expected embeddings of ${dimensions} dimensions from ${embedder.id}, got ${embedding.length}`)
    }
    return { ...passage, embedding }
  })
}
