import { ContractError } from '../errors.ts'
import type { Embedding } from '../types/document.ts'

/** Fails with `ContractError` unless it has that many numbers, at least one, and all are finite. */
export function checkEmbedding(embedding: Embedding, dimensions: number): void {
  if (embedding.length !== dimensions || dimensions === 0) {
    throw new ContractError(`Expected embeddings of ${dimensions} dimensions, got ${embedding.length}`)
  }
  // `every` would take ten times as long.
  for (let index = 0; index < dimensions; index++) {
    if (!Number.isFinite(embedding[index])) throw new ContractError('Expected an embedding of finite numbers')
  }
}
