import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ByteRing } from '../../src/internal/byteRing.ts'

describe('ByteRing', () => {
  it('gives back each text, whatever was taken out, and wherever it lies in the memory', () => {
    const steps = fc.array(fc.oneof(fc.string({ unit: 'grapheme', maxLength: 30 }), fc.constant(undefined)), { maxLength: 200 })
    fc.assert(
      fc.property(steps, fc.integer({ min: 0, max: 100 }), (texts, extra) => {
        const ring = new ByteRing()
        let held: string[] = []
        for (const text of texts) {
          if (text === undefined) {
            const oldest = held.shift()
            if (oldest !== undefined) ring.drop(Buffer.byteLength(oldest))
            continue
          }
          const length = Buffer.byteLength(text)
          if (ring.capacity - ring.used < length) ring.resize(ring.used + length + extra)
          ring.push(text, length)
          held = [...held, text]
          let from = 0
          for (const known of held) {
            expect(ring.read(from, Buffer.byteLength(known))).toBe(known)
            from += Buffer.byteLength(known)
          }
          expect(ring.used).toBe(from)
        }
      }),
    )
  })

  it('goes over the end with a text that is larger than most', () => {
    const ring = new ByteRing()
    ring.resize(300_000)
    ring.push('a'.repeat(150_000), 150_000)
    ring.push('b'.repeat(100_000), 100_000)
    ring.drop(150_000)
    ring.push('é'.repeat(75_000), 150_000)
    expect(ring.read(0, 100_000)).toBe('b'.repeat(100_000))
    expect(ring.read(100_000, 150_000)).toBe('é'.repeat(75_000))
  })
})
