import { ContractError } from '../errors.ts'
import type { Embedding } from '../types/document.ts'

/** Fails with `ContractError` unless it has that many numbers, at least one, and all are finite. */
export function checkEmbedding(embedding: Embedding, dimensions: number): void {
  if (embedding.length !== dimensions || dimensions === 0) {
    throw new ContractError(`Expected embeddings of ${dimensions} dimensions, got ${embedding.length}`)
  }
  if (!embedding.every(Number.isFinite)) throw new ContractError('Expected an embedding of finite numbers')
}
