import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ContractError } from '../../../src/errors.ts'
import { createRandom } from '../../../src/internal/random.ts'
import { createVectorMatrix, type VectorOptions } from '../../../src/internal/vectors/vectorMatrix.ts'

const of = (...numbers: number[]) => Float32Array.from(numbers)
const cosine = (a: readonly number[], b: readonly number[]) => {
  const dot = a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0)
  return dot / (Math.hypot(...a) || 1) / (Math.hypot(...b) || 1)
}

const variants: [string, VectorOptions, simd: boolean][] = [
  ['by floats', { int8AboveBytes: Number.POSITIVE_INFINITY }, true],
  ['by bytes first', { int8AboveBytes: 0 }, true],
  ['in plain JavaScript', {}, false],
]
const numbersFrom = (random: () => number, length: number, around?: Float32Array, spread = 1) =>
  Float32Array.from({ length }, (_, index) => (around?.[index] ?? 0) + spread * (random() + random() + random() - 1.5))

describe.each(variants)('createVectorMatrix %s', (_, options, simd) => {
  it('gives exactly the nearest by cosine after any additions, replacements and removals', () => {
    const numbers = fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 5, maxLength: 5 })
    const step = fc.record({ passage: fc.nat(20), embedding: fc.option(numbers) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), numbers, (steps, query) => {
        const matrix = createVectorMatrix(options, simd)
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
        for (let passage = 0; passage <= 20; passage++) expect(matrix.get(passage)).toEqual(kept.has(passage) ? of(...kept.get(passage)!) : undefined)
        expect(new Map(all.map(({ passage, score }) => [passage, score]))).toEqual(
          new Map([...kept].map(([passage, embedding]) => [passage, expect.closeTo(cosine(embedding, query), 5)])),
        )
        expect(all.map(({ score }) => score)).toEqual(all.map(({ score }) => score).toSorted((a, b) => b - a))
        expect(matrix.search(of(...query), 3)).toEqual(all.slice(0, 3))
      }),
      { numRuns: 100 },
    )
  })

  it.each([1, 2, 3, 4, 5, 7, 8, 384, 1536, 3072])('handles %d dimensions', (dimensions) => {
    const matrix = createVectorMatrix(options, simd)
    const unit = (place: number) => Float32Array.from({ length: dimensions }, (_, index) => (index === place ? 2 : 0))
    const places = [0, 1, 2, dimensions - 1].filter((place) => place < dimensions)
    for (const place of places) matrix.add(place, unit(place))

    for (const place of places) expect(matrix.search(unit(place), 1)).toEqual([{ passage: place, score: 1 }])
  })

  it('orders ties by number', () => {
    const matrix = createVectorMatrix(options, simd)
    for (const passage of [5, 3, 9]) matrix.add(passage, of(1, 0))

    expect(matrix.search(of(1, 0), 2).map(({ passage }) => passage)).toEqual([3, 5])
  })

  it('refuses what cannot be compared', () => {
    const matrix = createVectorMatrix(options, simd)
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

/** Each row with the query, one number after the other. */
function compareAll(embeddings: readonly Float32Array[], query: Float32Array, count: number, accepts: (passage: number) => boolean = () => true) {
  const scored = embeddings.map((embedding, passage) => ({ passage, score: cosine(Array.from(embedding), Array.from(query)) }))
  return scored.filter(({ passage }) => accepts(passage)).toSorted((a, b) => b.score - a.score || a.passage - b.passage).slice(0, count)
}

describe('a search', () => {
  const count = 600
  const shapes: [string, (random: () => number, length: number) => Float32Array[]][] = [
    ['random', (random, length) => Array.from({ length: count }, () => numbersFrom(random, length))],
    ['clustered', (random, length) => {
      const centres = Array.from({ length: 20 }, () => numbersFrom(random, length))
      return Array.from({ length: count }, (_, row) => numbersFrom(random, length, centres[row % 20], 0.2))
    }],
    ['almost alike', (random, length) => {
      const centre = numbersFrom(random, length)
      return Array.from({ length: count }, () => numbersFrom(random, length, centre, 1e-4))
    }],
    ['with one great number each', (random, length) => Array.from({ length: count }, (_, row) => numbersFrom(random, length).with(row % length, 1e4))],
    ['of all sizes', (random, length) => Array.from({ length: count }, (_, row) => numbersFrom(random, length, undefined, 10 ** ((row % 70) - 34)))],
    ['partly zero', (random, length) => Array.from({ length: count }, (_, row) => (row % 3 === 0 ? new Float32Array(length) : numbersFrom(random, length)))],
  ]

  it.each(shapes)('is exact among embeddings that are %s, whatever goes first', (name, make) => {
    for (const length of [3, 97, 768]) {
      const random = createRandom(name, length)
      const embeddings = make(random, length)
      const matrices = variants.map(([, options, simd]) => createVectorMatrix(options, simd))
      for (const matrix of matrices) for (const [row, embedding] of embeddings.entries()) matrix.add(row, embedding)
      for (const query of [numbersFrom(random, length), embeddings[11]!, numbersFrom(random, length, embeddings[12], 0.1)]) {
        const [floats, ...others] = matrices.map((matrix) => matrix.search(query, 10))
        for (const other of others) expect(other).toEqual(floats)
        expect(floats!.map(({ score }) => score)).toEqual(compareAll(embeddings, query, 10).map(({ score }) => expect.closeTo(score, 12)))
      }
    }
  })

  it('has a recall at ten of 1 by bytes, also while only some rows are bytes and the others come and go', () => {
    const random = createRandom('recall')
    const length = 1536
    const centres = Array.from({ length: 50 }, () => numbersFrom(random, length))
    const next = (row: number) => (row % 2 === 0 ? numbersFrom(random, length) : numbersFrom(random, length, centres[row % 50], 0.3))
    const [bytes, floats] = [createVectorMatrix(), createVectorMatrix({ int8AboveBytes: Number.POSITIVE_INFINITY })]
    const put = (passage: number, embedding: Float32Array) => {
      bytes.add(passage, embedding)
      floats.add(passage, embedding)
    }
    for (let row = 0; row < 7000; row++) put(row, next(row))
    for (let round = 0; round < 4; round++) {
      for (const query of [numbersFrom(random, length), numbersFrom(random, length, centres[round], 0.3)]) expect(bytes.search(query, 10)).toEqual(floats.search(query, 10))
      for (let change = 0; change < 200; change++) {
        const passage = Math.floor(random() * 7200)
        if (change % 3 === 0) {
          bytes.remove(passage)
          floats.remove(passage)
        } else put(passage, next(passage))
      }
    }
    expect(bytes.size).toBe(floats.size)
  })

  it.each(variants)('%s chooses among those that a filter accepts', (_, options, simd) => {
    const random = createRandom('filter')
    const embeddings = Array.from({ length: count }, () => numbersFrom(random, 40))
    const matrix = createVectorMatrix(options, simd)
    for (const [row, embedding] of embeddings.entries()) matrix.add(row, embedding)
    const query = numbersFrom(random, 40)

    for (const accepts of [(row: number) => row % 2 === 1, (row: number) => row % 101 === 5, () => false]) {
      const found = matrix.search(query, 8, accepts)
      expect(found.map(({ passage }) => passage)).toEqual(compareAll(embeddings, query, 8, accepts).map(({ passage }) => passage))
    }
    expect(matrix.search(query, count + 1)).toHaveLength(count)
    expect(matrix.search(query, 0)).toEqual([])
  })
})
