import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { utf8Length } from '../../src/internal/utf8Length.ts'

it('is the number of bytes that UTF-8 needs, also for halves of characters', () => {
  const anything = fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units))
  fc.assert(fc.property(fc.oneof(anything, fc.string({ unit: 'binary' })), (text) => utf8Length(text) === Buffer.byteLength(text)), { numRuns: 1000 })
  expect(utf8Length('aé漢😀\ud83d')).toBe(1 + 2 + 3 + 4 + 3)
})
