import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createEventDecoder, type EventDecoderOptions, type ServerSentEvent } from '../../src/wire/serverSentEvents.ts'
import { sharedData } from '../support/sharedData.ts'

export interface Decoded {
  readonly events: readonly ServerSentEvent[]
  readonly lastEventId: string
  readonly retryMs: number | undefined
}

/** What the decoder makes of a body that comes in these pieces. */
export function decode(pieces: Iterable<Uint8Array>, options: EventDecoderOptions = {}): Decoded {
  const decoder = createEventDecoder(options)
  const events: ServerSentEvent[] = []
  for (const piece of pieces) {
    // What a socket hands out may be used again: the decoder must not rely on it after the call.
    const handedOut = new Uint8Array(piece)
    decoder.push(handedOut, (event) => events.push(event))
    handedOut.fill(0x21)
  }
  return { events, lastEventId: decoder.lastEventId, retryMs: decoder.retryMs }
}

/** A body in pieces of one length, or of lengths that are asked for one by one. */
export function* slices(bytes: Uint8Array, length: number | (() => number)): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; ) {
    const end = start + Math.max(1, typeof length === 'number' ? length : length())
    yield bytes.subarray(start, end)
    start = end
  }
}

/** Cheaper than `toEqual`, for the many cuts of one body. */
export function isSame(a: Decoded, b: Decoded): boolean {
  const isSameEvent = (event: ServerSentEvent, index: number) => {
    const other = b.events[index]
    return other !== undefined && event.type === other.type && event.data === other.data && event.lastEventId === other.lastEventId &&
      event.number === other.number && event.byteOffset === other.byteOffset
  }
  return a.events.length === b.events.length && a.lastEventId === b.lastEventId && a.retryMs === b.retryMs && a.events.every(isSameEvent)
}

/** As ../shared/data/README.md states it. */
export function digestOf(events: readonly ServerSentEvent[]): string {
  return createHash('sha256').update(events.map(({ type, data, lastEventId }) => `${JSON.stringify([type, data, lastEventId])}\n`).join('')).digest('hex')
}

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

/** A JSON file of ../shared/data; a stand-in when the folder is not there, so that files of tests can be read. */
export function readShared<T>(path: string, otherwise: T): T {
  return sharedData === undefined ? otherwise : (JSON.parse(readFileSync(join(sharedData, path), 'utf8')) as T)
}

export function readCapture(file: string): Buffer {
  return readFileSync(join(sharedData ?? '', 'captures', file))
}

/** An event for a decoder that stands above the one of bytes. */
export function eventOf(data: string, { type = 'message', number = 1 } = {}): ServerSentEvent {
  return { type, data, lastEventId: '', number, byteOffset: 1000 * number }
}
