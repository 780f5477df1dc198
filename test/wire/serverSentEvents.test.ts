import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OverflowError } from '../../src/errors.ts'
import { createEventDecoder, type ServerSentEvent } from '../../src/wire/serverSentEvents.ts'
import { sharedData } from '../support/sharedData.ts'

interface Decoded {
  readonly events: readonly ServerSentEvent[]
  readonly lastEventId: string
  readonly retryMs: number | undefined
}

function decode(parts: Iterable<Uint8Array>, options = {}): Decoded {
  const decoder = createEventDecoder(options)
  const events: ServerSentEvent[] = []
  for (const part of parts) {
    // What a socket hands out may be used again: the decoder must not rely on it after the call.
    const handedOut = Uint8Array.from(part)
    decoder.push(handedOut, (event) => events.push(event))
    handedOut.fill(0x21)
  }
  return { events, lastEventId: decoder.lastEventId, retryMs: decoder.retryMs }
}

function* slices(bytes: Uint8Array, lengthOf: () => number): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; ) {
    const end = start + Math.max(1, lengthOf())
    yield bytes.subarray(start, end)
    start = end
  }
}

const whole = (bytes: Uint8Array) => decode([bytes])
const byteByByte = (bytes: Uint8Array) => decode(slices(bytes, () => 1))
const digest = (events: readonly ServerSentEvent[]) =>
  createHash('sha256').update(events.map((event) => `${JSON.stringify([event.type, event.data, event.lastEventId])}\n`).join('')).digest('hex')
const bytesOf = (text: string) => new TextEncoder().encode(text)

interface Case {
  readonly name: string
  readonly inputBase64?: string
  readonly inputRepeat?: {
    readonly template?: string
    readonly prefix?: string
    readonly repeat?: string
    readonly times: number
    readonly suffix?: string
  }
  readonly expected?: readonly ServerSentEvent[]
  readonly expectedCount?: number
  readonly expectedDigest?: string
  readonly retry?: number | null
  readonly lastEventId?: string | null
}

function inputOf({ inputBase64, inputRepeat }: Case): Uint8Array {
  if (inputBase64 !== undefined) return Buffer.from(inputBase64, 'base64')
  if (inputRepeat === undefined) throw new Error('A case without input')
  const { template, prefix = '', repeat = '', times, suffix = '' } = inputRepeat
  const middle = template === undefined ? repeat.repeat(times) : Array.from({ length: times }, (_, i) => template.replaceAll('{i}', String(i))).join('')
  return bytesOf(prefix + middle + suffix)
}

function expectCase(testCase: Case, decoded: Decoded): void {
  if (testCase.expected) expect(decoded.events).toEqual(testCase.expected)
  if (testCase.expectedCount !== undefined) expect(decoded.events).toHaveLength(testCase.expectedCount)
  if (testCase.expectedDigest !== undefined) expect(digest(decoded.events)).toBe(testCase.expectedDigest)
  if ('retry' in testCase) expect(decoded.retryMs ?? null).toBe(testCase.retry)
  if ('lastEventId' in testCase) expect(decoded.lastEventId).toBe(testCase.lastEventId ?? '')
}

describe.skipIf(!sharedData)('the conformance cases of ../shared/data', () => {
  const cases = sharedData ? (JSON.parse(readFileSync(join(sharedData, 'sse-cases/cases.json'), 'utf8')) as readonly Case[]) : []

  it('are 60, each with something to expect', () => {
    expect(cases).toHaveLength(60)
    expect(cases.filter((testCase) => !testCase.expected && testCase.expectedDigest === undefined)).toEqual([])
  })

  it.each(cases.map((testCase) => [testCase.name, testCase] as const))('%s: whole, byte by byte, cut anywhere', (_, testCase) => {
    const input = inputOf(testCase)
    expectCase(testCase, whole(input))
    expectCase(testCase, byteByByte(input))
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 1 + Math.ceil(input.length / 4) }), { minLength: 1, maxLength: 20 }), (lengths) => {
        let next = 0
        expectCase(testCase, decode(slices(input, () => lengths[next++ % lengths.length] ?? 1)))
      }),
      { numRuns: input.length > 10_000 ? 5 : 40 },
    )
    if (input.length < 1000) {
      for (let cut = 1; cut < input.length; cut++) expectCase(testCase, decode([input.subarray(0, cut), input.subarray(cut)]))
    }
  })
})

interface Capture {
  readonly file: string
  readonly sse?: { readonly events: number; readonly digest: string; readonly lastEventId: string; readonly retry: number | null }
}

describe.skipIf(!sharedData)('the captures of ../shared/data', () => {
  const captures = sharedData ? (JSON.parse(readFileSync(join(sharedData, 'captures/expected.json'), 'utf8')) as Record<string, Capture>) : {}
  const streams = Object.entries(captures).filter(([, capture]) => capture.sse !== undefined)

  it.each(streams)('%s has the stated digest, whole, byte by byte and 7 bytes at a time', (_, { file, sse }) => {
    const input = readFileSync(join(sharedData ?? '', 'captures', file))
    for (const decoded of [whole(input), byteByByte(input), decode(slices(input, () => 7))]) {
      expect(decoded.events).toHaveLength(sse?.events ?? -1)
      expect(digest(decoded.events)).toBe(sse?.digest)
      expect(decoded.lastEventId).toBe(sse?.lastEventId)
      expect(decoded.retryMs ?? null).toBe(sse?.retry)
    }
  })
})

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
        expect(decode(slices(input, () => lengths[next++ % lengths.length] ?? 1))).toEqual(whole(input))
      }),
      { numRuns: 300 },
    )
  })

  it('reads bad UTF-8 as the standard decoder does', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const content = bytes.filter((byte) => byte !== 0x0a && byte !== 0x0d)
        const input = Buffer.concat([bytesOf('data:x'), content, bytesOf('\n\n')])
        const [event] = byteByByte(input).events
        expect(event?.data).toBe(`x${new TextDecoder('utf-8', { ignoreBOM: true }).decode(content)}`)
      }),
      { numRuns: 500 },
    )
  })

  it.each([['whole', whole], ['byte by byte', byteByByte]])('takes in 2 MB in linear time, %s', (_, run) => {
    // One event of 200 lines of 10,000 bytes: a decoder that copies what it holds at every push would take minutes byte by byte.
    const input = bytesOf(`${`data: ${'x'.repeat(10_000)}\n`.repeat(200)}\n`)
    expect(run(input).events[0]?.data).toHaveLength(200 * 10_001 - 1)
  })

  it('refuses a line above its bound, however it is cut, after the events before it', () => {
    const input = bytesOf(`data: a\n\ndata: ${'x'.repeat(100)}`)
    for (const length of [1, 7, 200]) {
      const decoder = createEventDecoder({ maxLineBytes: 64 })
      const events: ServerSentEvent[] = []
      const push = () => {
        for (const part of slices(input, () => length)) decoder.push(part, (event) => events.push(event))
      }
      expect(push).toThrow(OverflowError)
      expect(events.map((event) => event.data)).toEqual(['a'])
    }
  })

  it('takes a line of exactly its bound', () => {
    expect(decode([bytesOf(`data:${'x'.repeat(59)}\n\n`)], { maxLineBytes: 64 }).events[0]?.data).toHaveLength(59)
    expect(() => decode([bytesOf(`data:${'x'.repeat(60)}\n\n`)], { maxLineBytes: 64 })).toThrow(OverflowError)
  })

  it('refuses an event above its bound that is made of short lines, empty ones too', () => {
    expect(() => decode([bytesOf('data: 12345\n'.repeat(100))], { maxEventBytes: 512 })).toThrow(OverflowError)
    expect(() => decode([bytesOf('data\n'.repeat(1000))], { maxEventBytes: 512 })).toThrow(OverflowError)
  })

  it('bounds lines and events by default', () => {
    expect(() => decode([new Uint8Array(1_048_577).fill(0x61)])).toThrow(/1048576 bytes/)
    const line = bytesOf(`data: ${'x'.repeat(1_000_000)}\n`)
    expect(() => decode(Array.from({ length: 17 }, () => line))).toThrow(/16777216 bytes/)
  })
})
