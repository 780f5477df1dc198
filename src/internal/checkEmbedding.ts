import { ContractError } from '../errors.ts'
import type { Embedding } from '../types/document.ts'

/** Fails with `ContractError` unless it has that many numbers, at least one, and all are finite. */
export function checkEmbedding(embedding: Embedding, dimensions: number): void {
  if (embedding.length !== dimensions || dimensions === 0) {
    throw new ContractError(`Expected embeddings of ${dimensions} dimensions, got ${embedding.length}`)
  }
  if (!isFinite32(embedding)) throw new ContractError('Expected an embedding of finite numbers')
}

/** Sums of 32-bit numbers cannot leave the range of 64-bit ones; what is not finite spoils the sum. */
export function isFinite32(numbers: Float32Array): boolean {
  let sum = 0
  for (let index = 0; index < numbers.length; index++) sum += numbers[index]!
  return Number.isFinite(sum)
}
