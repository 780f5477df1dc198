import { OverflowError } from '../errors.ts'
import { LineDecoder, type LineReader } from './lines.ts'
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
  return new PushedEvents(options)
}

class PushedEvents implements EventDecoder, EventTaker {
  readonly #lines: EventLines
  #deliver: ((event: ServerSentEvent) => void) | undefined

  constructor(options: EventDecoderOptions) {
    this.#lines = new EventLines(this, options)
  }

  get lastEventId(): string {
    return this.#lines.lastEventId
  }

  get retryMs(): number | undefined {
    return this.#lines.retryMs
  }

  push(bytes: Uint8Array, onEvent: (event: ServerSentEvent) => void): void {
    this.#deliver = onEvent
    this.#lines.push(bytes)
  }

  takeEvent(event: ServerSentEvent): void {
    this.#deliver?.(event)
  }
}

/** Whose the events of a stream are. */
export interface EventTaker {
  takeEvent(event: ServerSentEvent): void
}

/** Makes events of lines. As `createEventDecoder`, for a taker that is there for the whole stream. */
export class EventLines implements LineReader {
  lastEventId = ''
  retryMs: number | undefined
  readonly #maxLineBytes: number
  readonly #maxEventBytes: number
  readonly #redactor: Redactor
  readonly #taker: EventTaker
  readonly #lines: LineDecoder
  #number = 0
  #beforeFirstLine = true
  /** Where in the body the event under way, and its first data, begin; negative before. */
  #eventStart = -1
  #dataStart = -1
  #type = ''
  #data = ''
  /** All lines of data, when there is more than one. */
  #dataLines: string[] | undefined
  #id = ''

  constructor(taker: EventTaker, { maxLineBytes = 1_048_576, maxEventBytes = 16_777_216, redactor = createRedactor([]) }: EventDecoderOptions) {
    this.#taker = taker
    this.#maxLineBytes = maxLineBytes
    this.#maxEventBytes = maxEventBytes
    this.#redactor = redactor
    this.#lines = new LineDecoder(maxLineBytes, this)
  }

  push(bytes: Uint8Array): void {
    this.#lines.push(bytes)
  }

  takeLine(text: string, lineStart: number, end: number, offset: number, bytes: number): void {
    let start = lineStart
    if (this.#beforeFirstLine) {
      this.#beforeFirstLine = false
      if (text.charCodeAt(start) === byteOrderMark) start++
    }
    if (start === end) return this.#endEvent()
    if (this.#eventStart < 0) this.#eventStart = offset
    if (isData(text, start)) {
      this.#addData(text.slice(start + (text.charCodeAt(start + 5) === space ? 6 : 5), end), offset)
    } else if (text.charCodeAt(start) !== colon) {
      const line = text.slice(start, end)
      const at = line.indexOf(':')
      if (at < 0) this.#setField(line, '', offset)
      else this.#setField(line.slice(0, at), line.slice(line.charCodeAt(at + 1) === space ? at + 2 : at + 1), offset)
    }
    // Comments among the data count too: they share the memory of the data beside them.
    if (this.#dataStart >= 0 && offset + bytes - this.#dataStart > this.#maxEventBytes) {
      throw this.#refuse('events', this.#maxEventBytes, this.#eventStart, this.#dataLines?.[0] ?? this.#data)
    }
  }

  refuseLine(line: Buffer, offset: number): OverflowError {
    return this.#refuse('lines', this.#maxLineBytes, offset, line.toString('utf8'))
  }

  #endEvent(): void {
    this.lastEventId = this.#id
    const type = this.#type === '' ? 'message' : this.#type
    const byteOffset = this.#eventStart
    const hasData = this.#dataStart >= 0
    const data = this.#dataLines === undefined ? this.#data : this.#dataLines.join('\n')
    this.#type = ''
    this.#eventStart = -1
    this.#dataStart = -1
    this.#dataLines = undefined
    // It would hold on to the whole piece that it was cut from.
    this.#data = ''
    if (hasData) this.#taker.takeEvent({ type, data, lastEventId: this.#id, number: ++this.#number, byteOffset })
  }

  #addData(value: string, start: number): void {
    if (this.#dataStart < 0) {
      this.#dataStart = start
      this.#data = value
    } else if (this.#dataLines === undefined) this.#dataLines = [this.#data, value]
    else this.#dataLines.push(value)
  }

  #setField(field: string, value: string, start: number): void {
    if (field === 'data') this.#addData(value, start)
    else if (field === 'event') this.#type = value
    else if (field === 'id' && !value.includes('\0')) this.#id = value
    else if (field === 'retry' && /^[0-9]+$/.test(value)) this.retryMs = Number(value)
  }

  #refuse(what: string, limit: number, byteOffset: number, beginning: string): OverflowError {
    const events = this.#number + 1
    const message = `Expected ${what} of at most ${limit} bytes, got a larger one in event ${events}`
    return new OverflowError(message, limit, 'bytes', { events, byteOffset, excerpt: this.#redactor.excerpt(beginning) })
  }
}

const colon = 0x3a
const space = 0x20
const byteOrderMark = 0xfeff

/** As `startsWith('data:', at)`, in a fifth of the time. */
function isData(text: string, at: number): boolean {
  return text.charCodeAt(at) === 0x64 && text.charCodeAt(at + 1) === 0x61 && text.charCodeAt(at + 2) === 0x74 &&
    text.charCodeAt(at + 3) === 0x61 && text.charCodeAt(at + 4) === colon
}
