import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ContractError } from '../../src/errors.ts'
import { createVectorMatrix } from '../../src/internal/vectorMatrix.ts'

const of = (...numbers: number[]) => Float32Array.from(numbers)
const cosine = (a: readonly number[], b: readonly number[]) => {
  const dot = a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0)
  return dot / (Math.hypot(...a) || 1) / (Math.hypot(...b) || 1)
}

describe('createVectorMatrix', () => {
  it('gives exactly the nearest by cosine after any additions, replacements and removals', () => {
    const numbers = fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 5, maxLength: 5 })
    const step = fc.record({ passage: fc.nat(20), embedding: fc.option(numbers) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), numbers, (steps, query) => {
        const matrix = createVectorMatrix()
        const kept = new Map<number, number[]>()
        for (const { passage, embedding } of steps) {
          if (embedding === null) {
            matrix.remove(passage)
            kept.delete(passage)
          } else {
            matrix.add(passage, of(...embedding))
            kept.set(passage, embedding)
          }
        }
        const all = matrix.search(of(...query), 100)
        expect(matrix.size).toBe(kept.size)
        expect(new Map(all.map(({ passage, score }) => [passage, score]))).toEqual(
          new Map([...kept].map(([passage, embedding]) => [passage, expect.closeTo(cosine(embedding, query), 5)])),
        )
        expect(all.map(({ score }) => score)).toEqual(all.map(({ score }) => score).toSorted((a, b) => b - a))
        expect(matrix.search(of(...query), 3)).toEqual(all.slice(0, 3))
      }),
      { numRuns: 200 },
    )
  })

  it.each([1, 2, 3, 4, 5, 7, 8, 384])('handles %d dimensions', (dimensions) => {
    const matrix = createVectorMatrix()
    const unit = (place: number) => Float32Array.from({ length: dimensions }, (_, index) => (index === place ? 2 : 0))
    for (let place = 0; place < dimensions; place++) matrix.add(place, unit(place))

    for (const place of [0, dimensions - 1]) expect(matrix.search(unit(place), 1)).toEqual([{ passage: place, score: 1 }])
  })

  it('orders ties by number', () => {
    const matrix = createVectorMatrix()
    for (const passage of [5, 3, 9]) matrix.add(passage, of(1, 0))

    expect(matrix.search(of(1, 0), 2).map(({ passage }) => passage)).toEqual([3, 5])
  })

  it('refuses what cannot be compared', () => {
    const matrix = createVectorMatrix()
    expect(matrix.search(of(1, 2, 3), 1)).toEqual([])
    expect(() => matrix.check([of()])).toThrow(ContractError)
    expect(() => matrix.check([of(1), of(1, 2)])).toThrow(ContractError)
    expect(() => matrix.check([of(Number.NaN)])).toThrow(ContractError)
    matrix.check([])
    matrix.add(1, of(1, 2))
    expect(() => matrix.add(2, of(1))).toThrow('Expected embeddings of 2 dimensions, got 1')
    expect(() => matrix.search(of(1), 1)).toThrow('Expected embeddings of 2 dimensions, got 1')
    expect(() => matrix.search(of(1, Number.NaN), 1)).toThrow(ContractError)
    expect(matrix.size).toBe(1)
  })
})
