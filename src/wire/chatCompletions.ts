import { ProviderError } from '../errors.ts'
import type { FinishReason } from '../types/chunk.ts'
import { type ContentChunk, contentOf } from './chatContent.ts'
import { type ServerUsage, readUsage } from './chatUsage.ts'
import { readErrorBody } from './errorBody.ts'
import { asArray, asObject, asText, type JsonObject, parseJson } from './json.ts'
import type { ServerSentEvent } from './serverSentEvents.ts'
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

/**
 * Reads OpenAI chat completions and the dialects of the servers that copy them, legacy completions too.
 * Choice 0 is the answer. Fields that are not known are passed over.
 *
 * @throws ProviderError from `pushEvent` and `pushBody`: `stream-error` when the server reports an error,
 * `malformed-event` when an event is no JSON object. What the server said stands in the message as it came.
 */
export function createChatDecoder(): ChatDecoder {
  const readToolCalls = createToolCallReader()
  let finishReason: FinishReason | undefined
  let usage: ServerUsage | undefined
  let done = false

  const push = (body: JsonObject): ContentChunk[] => {
    usage = readUsage(body['usage']) ?? readUsage(asObject(body['x_groq'])?.['usage']) ?? usage
    const choice = firstChoice(body['choices'])
    if (!choice) return []
    const reason = asText(choice['finish_reason'])
    if (reason === 'error') {
      throw new ProviderError('stream-error', 'The server ended the answer with an error and gave no reason', { retryable: true })
    }
    if (reason !== undefined) finishReason = finishReasons.get(reason) ?? 'other'
    const chunks = contentOf(choice)
    const calls = callsIn(choice)
    return calls ? chunks.concat(readToolCalls(calls)) : chunks
  }

  return {
    pushEvent({ type, data }) {
      if (done || data.trim() === '') return []
      if (data === '[DONE]') {
        done = true
        return []
      }
      const value = parseJson(data)
      if (type === 'error') throw streamError(value, data)
      const body = asObject(value)
      // Some servers send pings and the like under names of their own.
      if (!body && type !== 'message') return []
      if (!body) {
        throw new ProviderError('malformed-event', `Expected a JSON object in an event of ${data.length} characters`, { retryable: true })
      }
      if (isError(body)) throw streamError(body, data)
      return push(body)
    },
    pushBody(value) {
      const body = asObject(value)
      if (!body) throw new ProviderError('malformed-event', 'Expected the response to be a JSON object', { retryable: true })
      if (isError(body)) throw streamError(body, '')
      if (!firstChoice(body['choices'])) throw new ProviderError('malformed-event', 'Expected the response to have choices')
      return push(body)
    },
    get finishReason() {
      return finishReason
    },
    get usage() {
      return usage
    },
    get done() {
      return done
    },
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

function firstChoice(choices: unknown): JsonObject | undefined {
  for (const value of asArray(choices)) {
    const choice = asObject(value)
    if (choice && (choice['index'] ?? 0) === 0) return choice
  }
  return undefined
}

/** Pieces of tool calls; the older form had one call and no number. */
function callsIn(choice: JsonObject): unknown {
  const delta = asObject(choice['delta']) ?? asObject(choice['message'])
  return delta?.['tool_calls'] ?? (delta?.['function_call'] ? [{ index: 0, function: delta['function_call'] }] : undefined)
}

function isError(body: JsonObject): boolean {
  // Some servers send `"error": null` with every event.
  return Boolean(body['error'] ?? (body['object'] === 'error' || body['type'] === 'error')) && readErrorBody(body) !== undefined
}

function streamError(value: unknown, data: string): ProviderError {
  const body = readErrorBody(value) ?? readErrorBody({ error: value })
  const text = body?.message || (value === undefined ? data : '')
  // Without a status only its name tells whether it may pass.
  const passing = /server|internal|overload|unavailable|timeout|rate.?limit|capacity/i
  const retryable = body?.status === undefined ? passing.test(`${body?.kind}`) : undefined
  return new ProviderError('stream-error', `The server reported an error: ${text || body?.kind || 'no reason given'}`, {
    ...(body?.status !== undefined && { status: body.status }),
    ...(retryable !== undefined && { retryable }),
  })
}
