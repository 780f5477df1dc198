import { describe, expect, it } from 'vitest'
import { sharedData } from '../support/sharedData.ts'
import { bytesOf, type Decoded, decode, digestOf, isSame, readCapture, readShared, slices } from './eventStreams.ts'

// EVERY_SPLIT=1 npx vitest run test/wire/eventConformance.test.ts     cuts the two big bodies at every position too (ten minutes)

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
  readonly expected?: readonly { readonly type: string; readonly data: string; readonly lastEventId: string }[]
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
  if (testCase.expected) expect(decoded.events.map(({ type, data, lastEventId }) => ({ type, data, lastEventId }))).toEqual(testCase.expected)
  if (testCase.expectedCount !== undefined) expect(decoded.events).toHaveLength(testCase.expectedCount)
  if (testCase.expectedDigest !== undefined) expect(digestOf(decoded.events)).toBe(testCase.expectedDigest)
  if ('retry' in testCase) expect(decoded.retryMs ?? null).toBe(testCase.retry)
  if ('lastEventId' in testCase) expect(decoded.lastEventId).toBe(testCase.lastEventId ?? '')
}

/** Every position; of a big body those in its first and last 256 bytes, and some hundreds between. */
function* positionsIn(length: number): Generator<number> {
  const all = length <= 6000 || process.env['EVERY_SPLIT'] !== undefined
  const step = length < 100_000 ? 97 : 1009
  for (let position = 1; position < length; position++) {
    if (all || position <= 256 || position >= length - 256 || position % step === 0) yield position
  }
}

describe.skipIf(!sharedData)('the conformance cases of ../shared/data', () => {
  const cases = readShared<readonly Case[]>('sse-cases/cases.json', [])

  it('are 60, each with something to expect', () => {
    expect(cases).toHaveLength(60)
    expect(cases.filter((testCase) => !testCase.expected && testCase.expectedDigest === undefined)).toEqual([])
  })

  it.each(cases.map((testCase) => [testCase.name, testCase] as const))('%s: as stated whole, byte by byte, and in two pieces cut at any position', { timeout: 600_000 }, (_, testCase) => {
    const input = inputOf(testCase)
    const whole = decode([input])
    expectCase(testCase, whole)
    expectCase(testCase, decode(slices(input, 1)))

    const wrong = [...positionsIn(input.length)].filter((position) => !isSame(decode([input.subarray(0, position), input.subarray(position)]), whole))

    expect(wrong).toEqual([])
  })
})

interface Capture {
  readonly file: string
  readonly sse?: { readonly events: number; readonly digest: string; readonly lastEventId: string; readonly retry: number | null }
}

describe.skipIf(!sharedData)('the captures of ../shared/data', () => {
  const captures = readShared<Record<string, Capture>>('captures/expected.json', {})
  const streams = Object.entries(captures).flatMap(([name, { file, sse }]) => (sse ? [[name, file, sse] as const] : []))

  it('are all there', () => {
    expect(streams).toHaveLength(21)
  })

  it.each(streams)('%s has the stated digest, whole and in pieces of 1 to 64 bytes', (_, file, sse) => {
    const input = readCapture(file)
    const whole = decode([input])
    expect(digestOf(whole.events)).toBe(sse.digest)
    expect(whole.events).toHaveLength(sse.events)
    expect(whole.lastEventId).toBe(sse.lastEventId)
    expect(whole.retryMs ?? null).toBe(sse.retry)

    const lengths = Array.from({ length: 64 }, (_, index) => index + 1)
    expect(lengths.filter((length) => !isSame(decode(slices(input, length)), whole))).toEqual([])
  })

  it.each(streams)('%s: each event says where in the body it begins', (_, file) => {
    const input = readCapture(file)
    const { events } = decode([input])
    const cutOff = events.map(({ byteOffset }, index) => decode([input.subarray(byteOffset, events[index + 1]?.byteOffset)]).events[0]?.data)
    expect(cutOff).toEqual(events.map(({ data }) => data))
    expect(events.map(({ number }) => number)).toEqual(events.map((_, index) => index + 1))
  })
})
