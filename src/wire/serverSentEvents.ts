import { OverflowError } from '../errors.ts'
import { createLineDecoder } from './lines.ts'
import { createRedactor, type Redactor } from './redactor.ts'

/** One parsed server-sent event. */
export interface ServerSentEvent {
  /** `message` unless the server named another. */
  readonly type: string
  /** May share memory with what came in the same piece, 64 KiB at most. */
  readonly data: string
  readonly lastEventId: string
  /** Its place among the events of the body, from 1. */
  readonly number: number
  /** Where in the body its first line begins. */
  readonly byteOffset: number
}

export interface EventDecoderOptions {
  /** Default 1 MiB. */
  readonly maxLineBytes?: number
  /** Bound on one event, from its first data on. Default 16 MiB. */
  readonly maxEventBytes?: number
  /** Takes secrets out of the excerpts in errors. */
  readonly redactor?: Redactor
}

export interface EventDecoder {
  /** Calls `onEvent` for each event that these bytes complete, in order. */
  push(bytes: Uint8Array, onEvent: (event: ServerSentEvent) => void): void
  /** As of the last event that ended. */
  readonly lastEventId: string
  /** How long the server asks a client to wait before it connects again; undefined when it never did. */
  readonly retryMs: number | undefined
}

/**
 * Decodes an event stream by the HTML standard, section 9.2.6, for every cut of the bytes.
 * An event whose closing blank line never came is dropped, as the standard says.
 *
 * - Memory: one unfinished line and one unfinished event, both bounded, and 64 KiB. Time is linear in the bytes.
 *
 * @throws OverflowError from `push`, when a line or an event is larger than its bound; `detail` says where.
 * The decoder is then of no more use, as it is when `onEvent` throws.
 */
export function createEventDecoder(options: EventDecoderOptions = {}): EventDecoder {
  const { maxLineBytes = 1_048_576, maxEventBytes = 16_777_216, redactor = createRedactor([]) } = options
  let deliver: (event: ServerSentEvent) => void = () => {}
  let number = 0
  let beforeFirstLine = true
  /** Where in the body the event under way, and its first data, begin; negative before. */
  let eventStart = -1
  let dataStart = -1
  let type = ''
  /** All lines of data, when there is more than one. */
  let lines: string[] | undefined
  let data = ''
  let id = ''

  const refuse = (what: string, limit: number, byteOffset: number, beginning: string) =>
    new OverflowError(`Expected ${what} of at most ${limit} bytes, got a larger one in event ${number + 1}`, limit, 'bytes', {
      events: number + 1,
      byteOffset,
      excerpt: redactor.excerpt(beginning),
    })
  const endEvent = () => {
    decoder.lastEventId = id
    const name = type === '' ? 'message' : type
    const byteOffset = eventStart
    const hasData = dataStart >= 0
    const text = lines === undefined ? data : lines.join('\n')
    type = ''
    eventStart = -1
    dataStart = -1
    lines = undefined
    if (hasData) deliver({ type: name, data: text, lastEventId: id, number: ++number, byteOffset })
  }
  const addData = (value: string, start: number) => {
    if (dataStart < 0) {
      dataStart = start
      data = value
    } else if (lines === undefined) lines = [data, value]
    else lines.push(value)
  }
  const setField = (field: string, value: string, start: number) => {
    if (field === 'data') addData(value, start)
    else if (field === 'event') type = value
    else if (field === 'id' && !value.includes('\0')) id = value
    else if (field === 'retry' && /^[0-9]+$/.test(value)) decoder.retryMs = Number(value)
  }
  const takeLine = (text: string, lineStart: number, end: number, offset: number, bytes: number) => {
    let start = lineStart
    if (beforeFirstLine) {
      beforeFirstLine = false
      if (text.charCodeAt(start) === byteOrderMark) start++
    }
    if (start === end) return endEvent()
    if (eventStart < 0) eventStart = offset
    if (isData(text, start)) {
      addData(text.slice(start + (text.charCodeAt(start + 5) === space ? 6 : 5), end), offset)
    } else if (text.charCodeAt(start) !== colon) {
      const line = text.slice(start, end)
      const at = line.indexOf(':')
      if (at < 0) setField(line, '', offset)
      else setField(line.slice(0, at), line.slice(line.charCodeAt(at + 1) === space ? at + 2 : at + 1), offset)
    }
    // Comments among the data count too: they share the memory of the data beside them.
    if (dataStart >= 0 && offset + bytes - dataStart > maxEventBytes) throw refuse('events', maxEventBytes, eventStart, lines?.[0] ?? data)
  }
  const refuseLine = (line: Buffer, offset: number) => refuse('lines', maxLineBytes, offset, line.toString('utf8'))
  const lineDecoder = createLineDecoder(maxLineBytes, takeLine, refuseLine)
  const decoder: { -readonly [Name in keyof EventDecoder]: EventDecoder[Name] } = {
    lastEventId: '',
    retryMs: undefined,
    push(bytes, onEvent) {
      deliver = onEvent
      lineDecoder.push(bytes)
    },
  }
  return decoder
}

const colon = 0x3a
const space = 0x20
const byteOrderMark = 0xfeff

/** As `startsWith('data:', at)`, in a fifth of the time. */
function isData(text: string, at: number): boolean {
  return text.charCodeAt(at) === 0x64 && text.charCodeAt(at + 1) === 0x61 && text.charCodeAt(at + 2) === 0x74 &&
    text.charCodeAt(at + 3) === 0x61 && text.charCodeAt(at + 4) === colon
}
