import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ByteQueue } from '../../src/internal/byteQueue.ts'

describe('ByteQueue', () => {
  it('gives back each text, whatever was taken out, and wherever it lies in the memory', () => {
    const steps = fc.array(fc.oneof(fc.string({ unit: 'grapheme', maxLength: 30 }).map((text) => text.repeat(60)), fc.constant(undefined)), { maxLength: 200 })
    fc.assert(
      fc.property(steps, fc.integer({ min: 0, max: 100 }), (texts, extra) => {
        const queue = new ByteQueue()
        let held: string[] = []
        for (const text of texts) {
          if (text === undefined) {
            const oldest = held.shift()
            if (oldest !== undefined) queue.drop(Buffer.byteLength(oldest))
            continue
          }
          const length = Buffer.byteLength(text)
          if (queue.room < length) queue.resize(queue.capacity + length + extra)
          queue.push(Buffer.from(text))
          held = [...held, text]
          let from = 0
          for (const known of held) {
            expect(queue.read(from, Buffer.byteLength(known)).toString()).toBe(known)
            from += Buffer.byteLength(known)
          }
          expect(queue.used).toBe(from)
        }
      }),
    )
  })

  it('goes over the end with a text that is larger than most', () => {
    const queue = new ByteQueue()
    queue.resize(300_000)
    queue.push(Buffer.from('a'.repeat(150_000)))
    queue.push(Buffer.from('b'.repeat(100_000)))
    queue.drop(150_000)
    queue.push(Buffer.from('é'.repeat(75_000)))
    expect(queue.read(0, 100_000).toString()).toBe('b'.repeat(100_000))
    expect(queue.read(100_000, 150_000).toString()).toBe('é'.repeat(75_000))
  })
})
