import fc from 'fast-check'
import { expect, it } from 'vitest'
import { extremes } from '../../src/internal/extremes.ts'

it('is what Math.min and Math.max say, also of none and of what is no number', () => {
  fc.assert(
    fc.property(fc.array(fc.double()), (numbers) => {
      expect(extremes(numbers)).toEqual({ lowest: Math.min(...numbers), highest: Math.max(...numbers) })
    }),
  )
})

it('takes more numbers than a call takes arguments', () => {
  expect(extremes(Array.from({ length: 500_000 }, (_, number) => number))).toEqual({ lowest: 0, highest: 499_999 })
})
