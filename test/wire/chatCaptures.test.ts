import { describe, expect, it } from 'vitest'
import { ProviderError } from '../../src/errors.ts'
import type { ContentChunk } from '../../src/wire/chatContent.ts'
import { createChatDecoder } from '../../src/wire/chatCompletions.ts'
import { createEventDecoder } from '../../src/wire/serverSentEvents.ts'
import { sharedData } from '../support/sharedData.ts'
import { summarize } from './chatSummary.ts'
import { readCapture, readShared, slices } from './eventStreams.ts'

interface Capture {
  readonly file: string
  readonly family?: string
  readonly result: {
    readonly text: string
    readonly reasoning: string
    readonly toolCalls: readonly { readonly id: string; readonly name: string; readonly arguments: string }[]
    readonly finishReason: string | null
    readonly usage: { readonly prompt_tokens: number; readonly completion_tokens: number } | null
    readonly error: { readonly message: string } | null
    readonly sawDone: boolean
  }
}

/** Reads a body in pieces up to its end or its error. */
function read(body: Uint8Array, length: number, shortcut: boolean) {
  const events = createEventDecoder()
  const decoder = createChatDecoder({ shortcut })
  const chunks: ContentChunk[] = []
  let error: unknown
  try {
    for (const piece of slices(body, length)) events.push(piece, (event) => chunks.push(...decoder.pushEvent(event)))
  } catch (caught) {
    error = caught
  }
  const detail = error instanceof ProviderError ? { code: error.code, message: error.message, status: error.status, ...error.detail } : error
  return { chunks, ...summarize(chunks, decoder), error: detail }
}

/** Lists of payloads had their framing taken off. */
function bodyOf(file: string): Buffer {
  const bytes = readCapture(file)
  if (file.endsWith('.sse')) return bytes
  return Buffer.from(bytes.toString('utf8').split('\n').filter((line) => line !== '').map((line) => `data: ${line}\n\n`).join(''))
}

const expectedReasons: Record<string, string> = { stop: 'stop', length: 'length', tool_calls: 'tool-calls' }

describe.skipIf(!sharedData)('the captures of the chat family in ../shared/data', () => {
  const captures = readShared<Record<string, Capture>>('captures/expected.json', {})
  const chats = Object.entries(captures).filter(([, { family }]) => family === 'chat')

  it('are all there', () => {
    expect(chats).toHaveLength(17)
  })

  it.each(chats)('%s gives text, reasoning, tool calls, finish reason, usage and error as stated', (name, { file, result }) => {
    const got = read(bodyOf(file), Number.MAX_SAFE_INTEGER, true)
    if (result.error) {
      expect(got.error).toMatchObject({ code: 'stream-error', status: 400, message: expect.stringContaining(result.error.message.slice(0, 100)) })
    } else {
      expect(got.error).toBeUndefined()
    }
    expect(got.text).toBe(result.text)
    expect(got.reasoning).toBe(result.reasoning)
    expect(got.toolCalls).toEqual(result.toolCalls)
    expect(got.finishReason).toBe(result.finishReason === null ? undefined : expectedReasons[result.finishReason])
    expect(got.done).toBe(result.sawDone)
    expect(got.usage?.inputTokens).toBe(result.usage?.prompt_tokens)
    // xAI counts reasoning in the total only: 12 in, 303 in all.
    expect(got.usage?.outputTokens).toBe(name === 'xai-text' ? 291 : result.usage?.completion_tokens)
    expect(got.chunks.filter((chunk) => chunk.type !== 'tool-call' && chunk.text === '')).toEqual([])
  })

  it.each(chats)('%s gives the same chunks in pieces of 1 to 64 bytes, and when every event is parsed', (_, { file }) => {
    const body = bodyOf(file)
    const whole = read(body, body.length, true)
    expect(read(body, body.length, false)).toEqual(whole)
    for (let length = 1; length <= 64; length++) expect(read(body, length, true)).toEqual(whole)
  })

  it('groq-error-midstream says which event is the error, where it begins, and how', () => {
    const body = bodyOf('groq-error-midstream.sse')
    const { error } = read(body, 64, true)
    const byteOffset = body.indexOf('event: error')
    expect(error).toMatchObject({ events: 95, byteOffset, excerpt: expect.stringMatching(/^\{"error":\{"message":/) })
    expect((error as ProviderError).message).toMatch(/^The server reported an error in event 95: /)
  })
})
