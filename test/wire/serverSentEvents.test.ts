import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OverflowError } from '../../src/errors.ts'
import { createRedactor } from '../../src/wire/redactor.ts'
import { createEventDecoder, type EventDecoderOptions } from '../../src/wire/serverSentEvents.ts'
import { bytesOf, decode, slices } from './eventStreams.ts'

/** The error that decoding ends with, and the data of the events before it. */
function refusal(input: Uint8Array, options: EventDecoderOptions, length = input.length): { readonly error: OverflowError; readonly before: readonly string[] } {
  const decoder = createEventDecoder(options)
  const before: string[] = []
  try {
    for (const piece of slices(input, length)) decoder.push(piece, (event) => before.push(event.data))
  } catch (error) {
    if (error instanceof OverflowError) return { error, before }
    throw error
  }
  throw new Error('Expected an error')
}

describe('createEventDecoder', () => {
  const line = fc.oneof(
    fc.constantFrom('data', 'data:', 'data: a', 'data:b: c', ':comment', '', '', 'event: x', 'id: 1', 'id', 'retry: 7', 'retry: x', '\uFEFFdata: x'),
    fc.string({ unit: 'binary', maxLength: 12 }).map((text) => `data: ${text}`),
  )
  const body = fc.array(fc.tuple(line, fc.constantFrom('\n', '\r', '\r\n')), { maxLength: 30 }).map((lines) => bytesOf(lines.flat().join('')))

  it('gives the same for every cut of any stream', () => {
    fc.assert(
      fc.property(body, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (input, lengths) => {
        let next = 0
        expect(decode(slices(input, () => lengths[next++ % lengths.length] ?? 1))).toEqual(decode([input]))
      }),
      { numRuns: 300 },
    )
  })

  it('gives the same for large pieces as for small ones, across every border of its own blocks', () => {
    fc.assert(
      fc.property(fc.oneof(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 15_000, max: 50_000 })), fc.constantFrom('\n', '\r', '\r\n'), fc.constantFrom('x', 'ä', '語'), (size, end, letter) => {
        const input = bytesOf(`data: ${letter.repeat(size)}${end}${end}`.repeat(Math.ceil(200_000 / (size + 8))))
        const whole = decode([input])
        for (const length of [1000, 4095, 16_384, 16_385, 65_536, 65_537]) expect(decode(slices(input, length))).toEqual(whole)
        expect(new Set(whole.events.map(({ data }) => data))).toEqual(new Set([letter.repeat(size)]))
      }),
      { numRuns: 12 },
    )
  })

  it('reads bad UTF-8 as the standard decoder does', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const content = bytes.filter((byte) => byte !== 0x0a && byte !== 0x0d)
        const input = Buffer.concat([bytesOf('data:x'), content, bytesOf('\n\n')])
        const expected = `x${new TextDecoder('utf-8', { ignoreBOM: true }).decode(content)}`
        for (const length of [1, input.length]) expect(decode(slices(input, length)).events[0]?.data).toBe(expected)
      }),
      { numRuns: 500 },
    )
  })

  it('numbers events and says where each begins, after comments, blank lines and a byte order mark', () => {
    const input = bytesOf('\uFEFFdata: a\n\n\n\nid: 1\n\n: comment\r\nevent: x\r\ndata: ä\r\n\r\ndata: b\n\n')
    for (const length of [1, 5, input.length]) {
      expect(decode(slices(input, length)).events.map(({ data, number, byteOffset }) => [data, number, byteOffset])).toEqual([
        ['a', 1, 0],
        ['ä', 2, 21],
        ['b', 3, 54],
      ])
    }
  })

  it.each([['whole', 2_000_000], ['byte by byte', 1]])('takes in 2 MB in linear time, %s', (_, length) => {
    // One event of 200 lines of 10,000 bytes: a decoder that copies what it holds at every push would take minutes byte by byte.
    const input = bytesOf(`${`data: ${'x'.repeat(10_000)}\n`.repeat(200)}\n`)
    expect(decode(slices(input, length)).events[0]?.data).toHaveLength(200 * 10_001 - 1)
  })

  it('refuses a line above its bound, however it is cut, after the events before it', () => {
    const input = bytesOf(`data: a\n\nid: 7\ndata: ${'x'.repeat(100)}\n\n`)
    for (const length of [1, 7, 64, 200]) {
      const { error, before } = refusal(input, { maxLineBytes: 64 }, length)
      expect(before).toEqual(['a'])
      expect(error).toMatchObject({ code: 'overflow', limit: 64, unit: 'bytes', detail: { events: 2, byteOffset: 15 } })
      expect(error.message).toBe('Expected lines of at most 64 bytes, got a larger one in event 2')
      expect(error.detail.excerpt).toMatch(/^data: x{50}/)
    }
  })

  it('takes a line of exactly its bound', () => {
    expect(decode([bytesOf(`data:${'x'.repeat(59)}\n\n`)], { maxLineBytes: 64 }).events[0]?.data).toHaveLength(59)
    expect(() => decode([bytesOf(`data:${'x'.repeat(60)}\n\n`)], { maxLineBytes: 64 })).toThrow(OverflowError)
  })

  it('refuses an event above its bound that is made of short lines, of empty ones, or of comments among its data', () => {
    for (const text of ['data: 12345\n', 'data\n', 'data: 1\n: comment\n', 'data: 1\nid: 2\n']) {
      const { error, before } = refusal(bytesOf(`data: a\n\n${text.repeat(1000)}`), { maxEventBytes: 512 })
      expect(before).toEqual(['a'])
      expect(error).toMatchObject({ limit: 512, message: 'Expected events of at most 512 bytes, got a larger one in event 2', detail: { events: 2, byteOffset: 9 } })
    }
  })

  it('takes any number of comments where no event is under way', () => {
    expect(decode([bytesOf(`${': still here\n'.repeat(1000)}data: a\n\n`)], { maxEventBytes: 64 }).events).toMatchObject([{ data: 'a', byteOffset: 0 }])
  })

  it('bounds lines and events by default', () => {
    expect(() => decode([new Uint8Array(1_048_577).fill(0x61)])).toThrow(/1048576 bytes/)
    const long = bytesOf(`data: ${'x'.repeat(1_000_000)}\n`)
    expect(() => decode(Array.from({ length: 17 }, () => long))).toThrow(/16777216 bytes/)
  })

  it('shows the beginning of what it refuses without secrets and control characters', () => {
    const redactor = createRedactor(['sk-0123456789'])
    const { error } = refusal(bytesOf(`data: \u001b[31m key sk-0123456789 \u202e${'ä'.repeat(2000)}\n\n`), { maxLineBytes: 1000, redactor })
    expect(error.detail.excerpt).toMatch(/^data: ␛\[31m key \[secret\] �ä+…$/)
    expect(error.detail.excerpt).toHaveLength(201)
    expect(error.message).not.toMatch(/key|ä/)
  })
})
