import { ContractError } from '../errors.ts'
import type { Embedding } from '../types/document.ts'

/** Fails with `ContractError` unless it is a `Float32Array` of that many numbers, at least one, and all are finite. */
export function checkEmbedding(embedding: Embedding, dimensions: number): void {
  requireEmbedding(embedding)
  if (embedding.length !== dimensions || dimensions === 0) {
    throw new ContractError(`Expected embeddings of ${dimensions} dimensions, got ${embedding.length}`)
  }
  if (!isFinite32(embedding)) throw new ContractError('Expected an embedding of finite numbers')
}

/** Fails with `ContractError` unless an embedder gave that many embeddings. */
export function requireEmbeddings(values: unknown, count: number, embedder: string): asserts values is readonly Embedding[] {
  const found = Array.isArray(values) ? values.length : kindOf(values)
  if (!Array.isArray(values) || found !== count) throw new ContractError(`Expected ${count} embedding${count === 1 ? '' : 's'} from ${embedder}, got ${found}`)
  // Not with forEach, which passes over holes.
  for (const value of values) requireEmbedding(value)
}

/** What an embedder in plain JavaScript gives may be anything; as bytes an array of another kind would be other numbers. */
function requireEmbedding(value: unknown): asserts value is Embedding {
  // By its tag: that of another realm, as of Jest's, is one too.
  if (Object.prototype.toString.call(value) !== '[object Float32Array]') throw new ContractError(`Expected each embedding to be a Float32Array, got ${kindOf(value)}`)
}

function kindOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value).slice(0, 40)
  return value.constructor?.name ?? 'an object'
}

/** Sums of 32-bit numbers cannot leave the range of 64-bit ones; what is not finite spoils the sum. */
export function isFinite32(numbers: Float32Array): boolean {
  let sum = 0
  for (let index = 0; index < numbers.length; index++) sum += numbers[index]!
  return Number.isFinite(sum)
}
