import { ProviderError, type StreamPlace } from '../errors.ts'
import type { FinishReason } from '../types/chunk.ts'
import type { ContentChunk } from './chatContent.ts'
import { type ChatReading, hasChoice, onlyChunkOf, readChat, saysError } from './chatReading.ts'
import type { ServerUsage } from './chatUsage.ts'
import { readErrorBody } from './errorBody.ts'
import { asObject, parseJson } from './json.ts'
import { createRedactor, type Redactor } from './redactor.ts'
import type { ServerSentEvent } from './serverSentEvents.ts'
import { createTextShortcut, type TextShortcut } from './textShortcut.ts'
import { createToolCallReader } from './toolCallIndexes.ts'

export interface ChatDecoder {
  /** The chunks of one event of a stream; none for its role-only, empty and usage-only events. */
  pushEvent(event: ServerSentEvent): readonly ContentChunk[]
  /** The chunks of a whole answer that came in one response. */
  pushBody(body: unknown): readonly ContentChunk[]
  /** Undefined until the server has said why the answer ended. */
  readonly finishReason: FinishReason | undefined
  /** As last reported. */
  readonly usage: ServerUsage | undefined
  /** True after `[DONE]`: nothing follows. */
  readonly done: boolean
}

export interface ChatDecoderOptions {
  /** Takes secrets out of the excerpts in errors. */
  readonly redactor?: Redactor
  /** False parses every event, also one that differs from an earlier one in nothing but its text. Default true. */
  readonly shortcut?: boolean
}

/**
 * Reads OpenAI chat completions and the dialects of the servers that copy them, legacy completions too.
 * Choice 0 is the answer. Fields that are not known are passed over.
 *
 * @throws ProviderError from `pushEvent` and `pushBody`: `stream-error` when the server reports an error,
 * `malformed-event` when an event is no JSON object; its detail says where. What the server said of an error stands in the
 * message as it came.
 */
export function createChatDecoder(options: ChatDecoderOptions = {}): ChatDecoder {
  return new Decoder(options)
}

/** A class, as there is one for each stream: methods are shared, functions in a closure are not. */
class Decoder implements ChatDecoder {
  finishReason: FinishReason | undefined
  usage: ServerUsage | undefined
  done = false
  readonly #redactor: Redactor
  readonly #alike: TextShortcut | undefined
  /** Few answers have tool calls, so it is made for the first. */
  #readToolCalls: ReturnType<typeof createToolCallReader> | undefined

  constructor({ redactor = createRedactor([]), shortcut = true }: ChatDecoderOptions) {
    this.#redactor = redactor
    this.#alike = shortcut ? createTextShortcut(onlyChunkOf) : undefined
  }

  pushEvent(event: ServerSentEvent): readonly ContentChunk[] {
    const alike = this.#alike
    if (this.done) return []
    if (event.type !== 'message' || alike === undefined) return this.#parse(event)
    const chunk = alike.read(event.data)
    if (chunk !== undefined) return [chunk]
    const chunks = this.#parse(event)
    if (chunks.length === 1) alike.learn(event.data, chunks[0]!)
    return chunks
  }

  pushBody(value: unknown): readonly ContentChunk[] {
    const body = asObject(value)
    if (!body) throw new ProviderError('malformed-event', 'Expected the response to be a JSON object', { retryable: true })
    if (saysError(body)) throw streamError(body, '')
    if (!hasChoice(body)) throw new ProviderError('malformed-event', 'Expected the response to have choices')
    return this.#take(readChat(body))
  }

  #parse(event: ServerSentEvent): readonly ContentChunk[] {
    const { type, data, number } = event
    const bare = data.trim()
    if (bare === '' || bare === '[DONE]') {
      this.done = bare !== ''
      return []
    }
    const value = parseJson(data)
    const body = asObject(value)
    if (type === 'error' || (body && saysError(body))) throw streamError(value, data, inEvent(event), this.#placeOf(event))
    if (body) return this.#take(readChat(body), event)
    // Some servers send pings and the like under names of their own.
    if (type !== 'message') return []
    const message = `Expected a JSON object in event ${number}, got ${data.length} characters of something else`
    throw new ProviderError('malformed-event', message, { retryable: true, ...this.#placeOf(event) })
  }

  #take(reading: ChatReading, event?: ServerSentEvent): readonly ContentChunk[] {
    this.usage = reading.usage ?? this.usage
    const reason = reading.finishReason
    if (reason === 'error') {
      const message = `The server ended the answer with an error${inEvent(event)} and gave no reason`
      throw new ProviderError('stream-error', message, { retryable: true, ...(event && this.#placeOf(event)) })
    }
    if (reason !== undefined) this.finishReason = finishReasons.get(reason) ?? 'other'
    if (reading.calls.length === 0) return reading.chunks
    this.#readToolCalls ??= createToolCallReader()
    return reading.chunks.concat(this.#readToolCalls(reading.calls))
  }

  #placeOf({ number, byteOffset, data }: ServerSentEvent): StreamPlace {
    return { events: number, byteOffset, excerpt: this.#redactor.excerpt(data) }
  }
}

const finishReasons: ReadonlyMap<string, FinishReason> = new Map([
  ['stop', 'stop'],
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['eos', 'stop'],
  ['eos_token', 'stop'],
  ['length', 'length'],
  ['max_tokens', 'length'],
  ['model_length', 'length'],
  ['content_filter', 'content-filter'],
  ['refusal', 'content-filter'],
  ['tool_calls', 'tool-calls'],
  ['tool_use', 'tool-calls'],
  ['function_call', 'tool-calls'],
])

function inEvent(event: ServerSentEvent | undefined): string {
  return event ? ` in event ${event.number}` : ''
}

function streamError(value: unknown, data: string, where = '', place: StreamPlace = {}): ProviderError {
  const body = readErrorBody(value) ?? readErrorBody({ error: value })
  const text = body?.message || (value === undefined ? data : '')
  // Without a status only its name tells whether it may pass.
  const passing = /server|internal|overload|unavailable|timeout|rate.?limit|capacity/i
  const retryable = body?.status === undefined ? passing.test(`${body?.kind}`) : undefined
  return new ProviderError('stream-error', `The server reported an error${where}: ${text || body?.kind || 'no reason given'}`, {
    ...place,
    ...(body?.status !== undefined && { status: body.status }),
    ...(retryable !== undefined && { retryable }),
  })
}
