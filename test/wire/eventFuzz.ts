import { createParser } from 'eventsource-parser'
import { createEventDecoder } from '../../src/wire/serverSentEvents.ts'

/** What a reader makes of a body: each event as a JSON line, then the last id and the time to wait. */
export type Reading = readonly string[]

export interface Difference {
  readonly seed: number
  readonly input: number
  /** Latin-1, in JSON: one character is one byte. */
  readonly body: string
  readonly cuts: readonly number[]
  readonly ours: Reading
  readonly theirs: Reading
}

/** Numbers from 0 to below `limit` that a seed fixes (xorshift). */
export function createRandom(seed: number): (limit: number) => number {
  let state = (seed ^ 0x9e3779b9) | 1
  return (limit) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % limit
  }
}

const latin1 = (texts: readonly string[]) => texts.map((text) => Buffer.from(text, 'latin1'))
const lineEnds = latin1(['\n', '\n', '\r', '\r\n', '\n\n', '\n\n', '\r\r', '\r\n\r\n', '\n\r', '\r\n\n'])
const fields = latin1([
  ...Array.from({ length: 14 }, () => 'data'), 'event', 'event', 'event', 'id', 'id', 'id', 'retry', 'retry', '', '', 'Data', 'dat', 'da', 'd', 'dataa', ' data', 'data ', 'data\0', 'eventx', 'even', 'e', 'ID', 'i', 'idx', 'retr', 'retry ', 'x', 'data_5',
])
const separators = latin1([':', ': ', ': ', ':  ', '::', ' :', ':\t', '', ' '])
const bits = latin1([
  'a', 'b', ' ', '  ', ':', '\t', '\0', '0', '7', '1234', '99999999999999999999999', '-1', '+1', '1e3', '1 ', '[DONE]', '{"a":"b"}', 'message', 'error', 'data:', 'data: x', 'id:1', 'event:y',
  // Whole characters of two to four bytes, parts of them, and bytes that are part of none.
  '\xc3\xa9', '\xe8\xaa\x9e', '\xf0\x9f\x98\x80', '\xef\xbb\xbf', '\xef\xbf\xbd', '\xe2\x80\xa8', '\xc2\x85',
  '\xc3', '\xe8', '\xe8\xaa', '\xf0', '\xf0\x9f', '\xf0\x9f\x98', '\x80', '\xbf', '\xff', '\xfe', '\xc0\x80', '\xed\xa0\x80', '\xf4\x90\x80\x80', '\xef\xbb', '\xef', '\xbb', '\x0b', '\x0c', '\x1b', '\x7f',
])
const marks = latin1(['\xef\xbb\xbf', '\xef\xbb\xbf\xef\xbb\xbf', '\xef\xbb', '\xef', '\xfe\xff', '\xc3\xaf\xc2\xbb\xc2\xbf', '\n', '\r', '\r\n'])

/** Makes bodies that a seed fixes: lines of fields, right and wrong, and noise among them. Each is valid until the next. */
export function createBodies(random: (limit: number) => number): () => Buffer {
  const room = Buffer.alloc(262_144)
  let length = 0
  const add = (bytes: Buffer) => {
    room.set(bytes, length)
    length += bytes.length
  }
  const pick = (list: readonly Buffer[]) => list[random(list.length)]!
  const addValue = () => {
    for (let count = random(4); count > 0; count--) add(pick(bits))
    // Rarely a long one, so that lines reach over pieces and buffers grow.
    if (random(400) === 0) {
      const bit = pick(bits)
      for (let count = random(600); count > 0; count--) add(bit)
    }
  }
  return () => {
    length = 0
    if (random(4) === 0) add(pick(marks))
    for (let lines = random(9); lines > 0; lines--) {
      const kind = random(16)
      if (kind < 11) {
        add(pick(fields))
        add(pick(separators))
        addValue()
      } else if (kind < 13) addValue()
      else if (kind === 13) add(pick(marks))
      if (random(12) > 0) add(pick(lineEnds))
      if (random(3) === 0) add(pick(lineEnds))
    }
    return room.subarray(0, length)
  }
}

/** Where to cut a body: not at all, at every byte, or anywhere. */
export function cutsOf(length: number, random: (limit: number) => number): number[] {
  const kind = random(4)
  const step = kind === 0 ? length + 1 : kind === 1 ? 1 : 2 + random(kind === 2 ? 6 : length)
  const cuts: number[] = []
  for (let at = kind === 1 ? 1 : 1 + random(step); at < length; at += kind < 2 ? step : 1 + random(step)) cuts.push(at)
  return cuts
}

export function readOurs(body: Buffer, cuts: readonly number[]): Reading {
  const reading: string[] = []
  const decoder = createEventDecoder()
  forEachPiece(body, cuts, (piece) => {
    decoder.push(piece, ({ type, data, lastEventId }) => reading.push(JSON.stringify([type, data, lastEventId])))
  })
  reading.push(JSON.stringify([decoder.lastEventId, decoder.retryMs ?? null]))
  return reading
}

/** Used again for each body: to make one takes longer than to read most bodies. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * What `eventsource-parser` makes of it. All that it leaves to its caller, or does otherwise for a reason, is here:
 *
 * - It takes text: bytes are decoded by a `TextDecoder`, which must leave the byte order mark to the parser.
 * - It gives each event the id of its own lines; the id that lasts is for the caller to keep (`onId`).
 * - It gives no type where the server named none or an empty one.
 * - It also takes the characters U+00EF U+00BB U+00BF for a byte order mark, for callers that decode as Latin-1.
 *   The standard does not, so what stands before them at the very beginning is one mark more.
 */
export function readTheirs(body: Buffer, cuts: readonly number[], hearsComments: boolean): Reading {
  const reading: string[] = []
  let lastEventId = ''
  let retryMs: number | null = null
  const parser = createParser({
    onEvent: ({ event, data }) => reading.push(JSON.stringify([event ?? 'message', data, lastEventId])),
    onId: (id) => (lastEventId = id),
    onRetry: (ms) => (retryMs = ms),
    ...(hearsComments && { onComment: () => {} }),
  })
  if (body.toString('latin1', 0, 6) === '\xc3\xaf\xc2\xbb\xc2\xbf') parser.feed('\ufeff')
  forEachPiece(body, cuts, (piece) => parser.feed(decoder.decode(piece, { stream: true })))
  decoder.decode()
  reading.push(JSON.stringify([lastEventId, retryMs]))
  return reading
}

/** Lets both read so many bodies; calls `onDifference` for each that they read differently, or that ours reads otherwise when cut. */
export function compareReaders(inputs: number, seed: number, onDifference: (difference: Difference) => void, onInput: (input: number, events: number) => void = () => {}): void {
  const random = createRandom(seed)
  const nextBody = createBodies(random)
  for (let input = 0; input < inputs; input++) {
    const body = nextBody()
    const cuts = cutsOf(body.length, random)
    const ours = readOurs(body, cuts)
    for (const theirs of [readTheirs(body, cuts, random(2) === 0), readOurs(body, [])]) {
      if (!isSame(ours, theirs)) onDifference({ seed, input, body: JSON.stringify(body.toString('latin1')), cuts, ours, theirs })
    }
    onInput(input, ours.length - 1)
  }
}

function isSame(a: Reading, b: Reading): boolean {
  return a.length === b.length && a.every((line, index) => line === b[index])
}

function forEachPiece(body: Buffer, cuts: readonly number[], take: (piece: Buffer) => void): void {
  let start = 0
  for (const cut of cuts) {
    take(body.subarray(start, cut))
    start = cut
  }
  take(body.subarray(start))
}
