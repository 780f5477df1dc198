import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createHashTable } from '../../src/internal/hashTable.ts'

describe('createHashTable', () => {
  it('is a map', () => {
    const step = fc.tuple(fc.string({ maxLength: 3 }), fc.option(fc.nat(), { nil: undefined }))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const map = new Map<string, number>()
        const table = createHashTable()
        for (const [name, value] of steps) {
          if (value !== undefined) {
            map.set(name, value)
            table.set(name, value)
          }
          expect([table.get(name), table.size]).toEqual([map.get(name), map.size])
        }
      }),
    )
  })

  it('keeps 200,000 names while it grows', () => {
    const table = createHashTable()
    for (let number = 0; number < 200_000; number++) table.set(`row-${number}`, number)

    const wrong = Array.from({ length: 200_000 }, (_, number) => number).filter((number) => table.get(`row-${number}`) !== number)
    expect(wrong).toEqual([])
    expect([table.size, table.get('row-200000')]).toEqual([200_000, undefined])
  })

  it('keeps offsets beyond 32 bits, and the first of those that are added', () => {
    const table = createHashTable()
    expect(table.add('a', 2 ** 52)).toBeUndefined()
    expect(table.add('a', 1)).toBe(2 ** 52)
    expect([table.get('a'), table.size]).toEqual([2 ** 52, 1])
  })
})
