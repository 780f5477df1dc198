import type { Embedding } from '../../types/document.ts'
import type { Candidates } from './candidates.ts'
import { type FloatRows, type Rows, createRows } from './rows.ts'

/** Copies of embeddings that give their cosines with a query roughly, and how far off these are at most. */
export interface BoundedRows<R extends Rows = Rows> {
  readonly rows: R
  /** @param length Of the embedding, in the sense of geometry. */
  set(row: number, embedding: Embedding, length: number): void
  /** Takes a query that is scaled to length 1. What comes back offers the rows `first` up to `end` as candidates. */
  ask(unit: Float64Array): (first: number, end: number, candidates: Candidates) => void
}

/** A query as the kernel takes it: what to multiply products with, and how far it is off, as a length. */
interface RoundedQuery {
  readonly numbers: ArrayLike<number>
  readonly scale: number
  readonly error: number
}

/** Far more than the rounding of the sums that scores are made of in the end, in 64-bit floats. */
const slack = 1e-9

/** Embeddings as they are: the error is that of sums of 32-bit floats. */
export function createFloatRows(dimensions: number, simd?: boolean): BoundedRows<FloatRows> {
  const rows = createRows('float32', dimensions, simd)
  // Each product and each addition rounds once, the query's numbers did before (Higham, "Accuracy and Stability of Numerical Algorithms", 3.1).
  const roundings = (dimensions + 64) * 2 ** -24
  const error = roundings / (1 - roundings) + slack
  return createBoundedRows(
    rows,
    (unit) => ({ numbers: unit, scale: 1, error }),
    (row, embedding, length) => {
      rows.at(row).set(embedding)
      // Very short and very long ones leave the range of 32-bit floats on the way.
      const isSafe = length === 0 || (length > 1e-30 && length < 1e30)
      return { scale: length === 0 ? 0 : 1 / length, error: isSafe ? 0 : Number.POSITIVE_INFINITY }
    },
  )
}

/**
 * Embeddings in 8 bits a number, each with a step of its own. With x = x' + d and q = q' + e, where x' and q' are rounded and |q| = 1, x·q differs from x'·q' by
 * d·q + x'·e, which is at most |d| + (|x| + |d|) |e|. |d| is measured, not assumed, so no row is lost, whatever the embeddings are like.
 */
export function createByteRows(dimensions: number, simd?: boolean): BoundedRows {
  const rows = createRows('int8', dimensions, simd)
  const levels = Math.min(32_767, Math.floor((2 ** 31 - 1) / (127 * dimensions)))
  return createBoundedRows(
    rows,
    (unit) => {
      const step = largest(unit) / levels
      const numbers = new Int16Array(dimensions)
      const steps = step === 0 ? 0 : 1 / step
      for (let index = 0; index < dimensions; index++) numbers[index] = Math.round(unit[index]! * steps)
      return { numbers, scale: step, error: (step / 2) * Math.sqrt(dimensions) + slack }
    },
    (row, embedding, length) => {
      const { step, rest } = roundInto(rows.at(row) as Int8Array, embedding)
      return length === 0 ? { scale: 0, error: 0 } : { scale: step / length, error: rest / length }
    },
  )
}

function createBoundedRows<R extends Rows>(
  rows: R,
  round: (unit: Float64Array) => RoundedQuery,
  write: (row: number, embedding: Embedding, length: number) => { scale: number; error: number },
): BoundedRows<R> {
  /** By row: what makes a product a cosine, and how far the row is off, for a length of 1. */
  const scales: number[] = []
  const errors: number[] = []
  return {
    rows,
    set(row, embedding, length) {
      const { scale, error } = write(row, embedding, length)
      scales[row] = scale
      errors[row] = error
    },
    ask(unit) {
      const query = round(unit)
      const errorFactor = 1 + query.error
      return (first, end, candidates) => {
        let start = first
        while (start < end) {
          const stop = Math.min(end, start - (start % rows.rowsPerPart) + rows.rowsPerPart)
          const products = rows.products(query.numbers, start, stop)
          for (let row = start; row < stop; row++) {
            const score = products[row - start]! * query.scale * scales[row]!
            const error = errors[row]! * errorFactor + query.error
            // A score that is no number is below nothing.
            if (!(score + error < candidates.threshold)) candidates.add(row, score, error)
          }
          start = stop
        }
      }
    },
  }
}

/** Rounds to whole steps, 127 either way at most. `rest` is the length of what is lost. */
function roundInto(target: Int8Array, embedding: Embedding): { step: number; rest: number } {
  const most = largest(embedding)
  const step = most / 127
  const steps = most === 0 ? 0 : 127 / most
  let sum = 0
  for (let index = 0; index < embedding.length; index++) {
    // `Math.round` would take three times as long.
    const whole = Math.floor(embedding[index]! * steps + 0.5)
    target[index] = whole
    const lost = embedding[index]! - whole * step
    sum += lost * lost
  }
  return { step, rest: Math.sqrt(sum) }
}

function largest(numbers: Float32Array | Float64Array): number {
  let most = 0
  for (let index = 0; index < numbers.length; index++) {
    const size = Math.abs(numbers[index]!)
    if (size > most) most = size
  }
  return most
}
