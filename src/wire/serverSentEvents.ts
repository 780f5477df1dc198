import { OverflowError } from '../errors.ts'
import { createLineDecoder } from './lines.ts'

/** One parsed server-sent event. */
export interface ServerSentEvent {
  /** `message` unless the server named another. */
  readonly type: string
  readonly data: string
  readonly lastEventId: string
}

export interface EventDecoderOptions {
  /** Default 1 MiB. */
  readonly maxLineBytes?: number
  /** Bound on the data of one event. Default 16 MiB. */
  readonly maxEventBytes?: number
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
 * - Memory: one unfinished line and one unfinished event, both bounded. Time is linear in the bytes.
 *
 * @throws OverflowError from `push`, when a line or an event is larger than its bound. The decoder is then of no more use.
 */
export function createEventDecoder(options: EventDecoderOptions = {}): EventDecoder {
  const { maxLineBytes = 1_048_576, maxEventBytes = 16_777_216 } = options
  const lines = createLineDecoder(maxLineBytes)
  let beforeFirstLine = true
  let type = ''
  let data: string[] = []
  let dataBytes = 0
  let id = ''
  let lastEventId = ''
  let retryMs: number | undefined

  const endEvent = (onEvent: (event: ServerSentEvent) => void) => {
    lastEventId = id
    const event = { type: type === '' ? 'message' : type, data: data.join('\n'), lastEventId }
    const complete = data.length > 0
    type = ''
    data = []
    dataBytes = 0
    if (complete) onEvent(event)
  }
  const addData = (value: string, lineBytes: number) => {
    dataBytes += lineBytes
    if (dataBytes > maxEventBytes) {
      throw new OverflowError(`Expected events of at most ${maxEventBytes} bytes`, maxEventBytes, 'bytes')
    }
    data.push(value)
  }
  const setField = (field: string, value: string) => {
    if (field === 'event') type = value
    else if (field === 'id' && !value.includes('\0')) id = value
    else if (field === 'retry' && /^[0-9]+$/.test(value)) retryMs = Number(value)
  }
  const takeLine = (bytes: Uint8Array, onEvent: (event: ServerSentEvent) => void) => {
    const line = beforeFirstLine ? withoutByteOrderMark(bytes) : bytes
    beforeFirstLine = false
    if (line.length === 0) return endEvent(onEvent)
    if (line[0] === colon) return
    const text = decodeText(line)
    const at = text.indexOf(':')
    const field = at < 0 ? text : text.slice(0, at)
    const value = at < 0 ? '' : text.slice(text.charCodeAt(at + 1) === space ? at + 2 : at + 1)
    if (field === 'data') addData(value, line.length)
    else setField(field, value)
  }

  return {
    push: (bytes, onEvent) => lines.push(bytes, (line) => takeLine(line, onEvent)),
    get lastEventId() {
      return lastEventId
    },
    get retryMs() {
      return retryMs
    },
  }
}

const colon = 0x3a
const space = 0x20

function withoutByteOrderMark(line: Uint8Array): Uint8Array {
  return line[0] === 0xef && line[1] === 0xbb && line[2] === 0xbf ? line.subarray(3) : line
}

/** Line by line is the same as the whole stream at once: no part of a longer character is an LF or a CR. */
function decodeText(line: Uint8Array): string {
  return Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString('utf8')
}
