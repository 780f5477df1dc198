import { type ContentChunk, contentOf } from './chatContent.ts'
import { type ServerUsage, readUsage } from './chatUsage.ts'
import { readErrorBody } from './errorBody.ts'
import { asArray, asObject, asText, type JsonObject, parseJson } from './json.ts'

/** What one event, or a whole answer, says. */
export interface ChatReading {
  readonly chunks: ContentChunk[]
  /** Pieces of tool calls: only with those before do they make chunks. */
  readonly calls: readonly unknown[]
  /** In the server's words. */
  readonly finishReason: string | undefined
  readonly usage: ServerUsage | undefined
}

/** Reads choice 0, wherever it stands; it is undefined where there is none. */
export function readChat(body: JsonObject): ChatReading {
  const usage = readUsage(body['usage']) ?? readUsage(asObject(body['x_groq'])?.['usage'])
  const choice = firstChoice(body['choices'])
  if (!choice) return { chunks: [], calls: [], finishReason: undefined, usage }
  return { chunks: contentOf(choice), calls: callsIn(choice), finishReason: asText(choice['finish_reason']), usage }
}

/** The chunk of an event that gives this one chunk and says nothing else. */
export function onlyChunkOf(data: string): ContentChunk | undefined {
  const body = asObject(parseJson(data))
  if (!body || saysError(body)) return undefined
  const { chunks, calls, finishReason, usage } = readChat(body)
  return chunks.length === 1 && calls.length === 0 && finishReason === undefined && usage === undefined ? chunks[0] : undefined
}

export function hasChoice(body: JsonObject): boolean {
  return firstChoice(body['choices']) !== undefined
}

export function saysError(body: JsonObject): boolean {
  // Some servers send `"error": null` with every event.
  return Boolean(body['error'] ?? (body['object'] === 'error' || body['type'] === 'error')) && readErrorBody(body) !== undefined
}

function firstChoice(choices: unknown): JsonObject | undefined {
  for (const value of asArray(choices)) {
    const choice = asObject(value)
    if (choice && (choice['index'] ?? 0) === 0) return choice
  }
  return undefined
}

/** The older form had one call and no number. */
function callsIn(choice: JsonObject): readonly unknown[] {
  const delta = asObject(choice['delta']) ?? asObject(choice['message'])
  const called = delta?.['function_call']
  return asArray(delta?.['tool_calls'] ?? (called ? [{ index: 0, function: called }] : undefined))
}
