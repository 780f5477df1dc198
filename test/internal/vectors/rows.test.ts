import { describe, expect, it } from 'vitest'
import { createRandom } from '../../../src/internal/random.ts'
import { createRows } from '../../../src/internal/vectors/rows.ts'

const lengths = [1, 3, 7, 16, 17, 63, 64, 65, 384, 1536, 3072]

describe.each([['by SIMD', true], ['in plain JavaScript', false]])('createRows, %s', (_, simd) => {
  it.each(lengths)('multiplies rows of %d floats, about as 64-bit floats do', (length) => {
    const random = createRandom(length)
    const count = 50
    const rows = createRows('float32', length, simd)
    const numbers = Array.from({ length: count }, () => Float32Array.from({ length }, () => random() - 0.5))
    for (const [row, some] of numbers.entries()) rows.at(row).set(some)
    const query = Float64Array.from({ length }, () => random() - 0.5)

    const products = rows.products(query, 0, count)

    for (const [row, some] of numbers.entries()) {
      const sizes = Math.hypot(...some) * Math.hypot(...query)
      const exact = some.reduce((sum, value, index) => sum + value * query[index]!, 0)
      expect(Math.abs(products[row]! - exact)).toBeLessThanOrEqual(((length + 64) * sizes) / 2 ** 24)
    }
  })

  it.each(lengths)('multiplies rows of %d bytes exactly', (length) => {
    const random = createRandom(length)
    const rows = createRows('int8', length, simd)
    const most = Math.min(32_767, Math.floor((2 ** 31 - 1) / (127 * length)))
    const numbers = [
      new Int8Array(length).fill(127),
      new Int8Array(length).fill(-127),
      ...Array.from({ length: 20 }, () => Int8Array.from({ length }, () => Math.round(254 * random() - 127))),
    ]
    for (const [row, some] of numbers.entries()) rows.at(row).set(some)

    for (const query of [new Int16Array(length).fill(most), Int16Array.from({ length }, () => Math.round(2 * most * random() - most))]) {
      const products = [...rows.products(query, 0, numbers.length).subarray(0, numbers.length)]
      expect(products).toEqual(numbers.map((some) => some.reduce((sum, value, index) => sum + value * query[index]!, 0)))
    }
  })

  it('goes from part to part', () => {
    const rows = createRows('float32', 3072, simd)
    const count = 2 * rows.rowsPerPart + 5
    for (let row = 0; row < count; row++) rows.at(row)[row % 3072] = row
    const query = new Float32Array(3072).fill(1)

    const productsOf = (first: number, end: number) => [...rows.products(query, first, end).subarray(0, end - first)]
    const found = [productsOf(0, rows.rowsPerPart), productsOf(rows.rowsPerPart, 2 * rows.rowsPerPart), productsOf(2 * rows.rowsPerPart, count)]

    expect(found.flat()).toEqual(Array.from({ length: count }, (_value, row) => row))
    expect(productsOf(rows.rowsPerPart + 2, rows.rowsPerPart + 4)).toEqual([rows.rowsPerPart + 2, rows.rowsPerPart + 3])
  })
})
