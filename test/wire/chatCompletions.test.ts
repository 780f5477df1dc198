import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ProviderError } from '../../src/errors.ts'
import type { ContentChunk } from '../../src/wire/chatContent.ts'
import { type ChatDecoder, createChatDecoder } from '../../src/wire/chatCompletions.ts'
import { createEventDecoder } from '../../src/wire/serverSentEvents.ts'
import { sharedData } from '../support/sharedData.ts'

interface ToolCall {
  readonly id: string | undefined
  readonly name: string | undefined
  readonly arguments: string
}

function summarize(chunks: readonly ContentChunk[], decoder: ChatDecoder) {
  const toolCalls: ToolCall[] = []
  for (const chunk of chunks) {
    if (chunk.type !== 'tool-call') continue
    const before = toolCalls[chunk.index]
    toolCalls[chunk.index] = {
      id: before?.id ?? chunk.id,
      name: before?.name ?? chunk.name,
      arguments: (before?.arguments ?? '') + chunk.argumentsText,
    }
  }
  const textOf = (type: 'text' | 'reasoning') => chunks.map((chunk) => (chunk.type === type ? chunk.text : '')).join('')
  return { text: textOf('text'), reasoning: textOf('reasoning'), toolCalls, finishReason: decoder.finishReason, usage: decoder.usage, done: decoder.done }
}

function decodePayloads(payloads: readonly (string | object)[]) {
  const decoder = createChatDecoder()
  const chunks = payloads.flatMap((payload) =>
    decoder.pushEvent({ type: 'message', data: typeof payload === 'string' ? payload : JSON.stringify(payload), lastEventId: '' }),
  )
  return { chunks, ...summarize(chunks, decoder) }
}

const delta = (content: object, more: object = {}) => ({ choices: [{ index: 0, delta: content, ...more }] })
const wholeCall = (id: string, more: object) => delta({ tool_calls: [{ id, function: { name: 'f', arguments: `{"${id}":1}` }, ...more }] })

function errorOf(run: () => unknown): ProviderError {
  try {
    run()
  } catch (error) {
    if (error instanceof ProviderError) return error
    throw error
  }
  throw new Error('Expected an error')
}

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

const expectedReasons: Record<string, string> = { stop: 'stop', length: 'length', tool_calls: 'tool-calls' }

describe.skipIf(!sharedData)('the captures of the chat family in ../shared/data', () => {
  const captures = sharedData ? (JSON.parse(readFileSync(join(sharedData, 'captures/expected.json'), 'utf8')) as Record<string, Capture>) : {}
  const chats = Object.entries(captures).filter(([, capture]) => capture.family === 'chat')

  it('are all there', () => {
    expect(chats.length).toBeGreaterThanOrEqual(16)
  })

  it.each(chats)('%s gives text, reasoning, tool calls, finish reason, usage and error as stated', (name, { file, result }) => {
    const decoder = createChatDecoder()
    const chunks: ContentChunk[] = []
    const bytes = readFileSync(join(sharedData ?? '', 'captures', file))
    const read = () => {
      if (file.endsWith('.sse')) createEventDecoder().push(bytes, (event) => chunks.push(...decoder.pushEvent(event)))
      else for (const data of bytes.toString('utf8').split('\n')) chunks.push(...decoder.pushEvent({ type: 'message', data, lastEventId: '' }))
    }
    if (result.error) {
      const error = errorOf(read)
      expect(error.code).toBe('stream-error')
      expect(error.message).toContain(result.error.message.slice(0, 100))
      expect(error.status).toBe(400)
    } else {
      read()
    }
    const got = summarize(chunks, decoder)
    expect(got.text).toBe(result.text)
    expect(got.reasoning).toBe(result.reasoning)
    expect(got.toolCalls).toEqual(result.toolCalls)
    expect(got.finishReason).toBe(result.finishReason === null ? undefined : expectedReasons[result.finishReason])
    expect(got.done).toBe(result.sawDone)
    expect(got.usage?.inputTokens).toBe(result.usage?.prompt_tokens)
    // xAI counts reasoning in the total only: 12 in, 303 in all.
    expect(got.usage?.outputTokens).toBe(name === 'xai-text' ? 291 : result.usage?.completion_tokens)
    expect(chunks.filter((chunk) => chunk.type !== 'tool-call' && chunk.text === '')).toEqual([])
  })
})

describe('createChatDecoder', () => {
  it('gives no chunk for role-only, empty and usage-only events', () => {
    const { chunks, usage } = decodePayloads([
      delta({ role: 'assistant', content: '' }),
      delta({ role: 'assistant', content: null, refusal: null, tool_calls: null }),
      delta({}),
      { choices: [], prompt_filter_results: [{}] },
      { choices: null },
      {},
      { choices: [], usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 } },
      { choices: [], usage: null },
      '',
    ])
    expect(chunks).toEqual([])
    expect(usage).toEqual({ inputTokens: 3, outputTokens: 4 })
  })

  it('takes text from strings, lists of parts, refusals and legacy completions', () => {
    const { chunks } = decodePayloads([
      delta({ content: 'a' }),
      delta({ content: [{ type: 'text', text: 'b' }, { type: 'image' }, null, { type: 'text', text: '' }] }),
      delta({ refusal: 'c' }),
      { choices: [{ text: 'd', index: 0 }] },
    ])
    expect(chunks).toEqual(['a', 'b', 'c', 'd'].map((text) => ({ type: 'text', text })))
  })

  it('takes reasoning from its three places, once when a server fills two', () => {
    const { chunks } = decodePayloads([
      delta({ reasoning_content: 'a' }),
      delta({ reasoning: 'b' }),
      delta({ reasoning: 'c', reasoning_content: 'c' }),
      delta({ content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'd' }] }, { type: 'text', text: 'e' }] }),
    ])
    expect(chunks).toEqual([
      ...['a', 'b', 'c', 'd'].map((text) => ({ type: 'reasoning', text })),
      { type: 'text', text: 'e' },
    ])
  })

  it('answers with choice 0 wherever it stands, and with no other', () => {
    const { text, finishReason } = decodePayloads([
      { choices: [{ index: 1, delta: { content: 'no' }, finish_reason: 'length' }, { index: 0, delta: { content: 'yes' } }] },
      { choices: [{ index: 1, delta: { content: 'no' } }] },
      { choices: [{ delta: { content: '!' } }] },
    ])
    expect(text).toBe('yes!')
    expect(finishReason).toBeUndefined()
  })

  it('takes the delta, not the whole message beside it', () => {
    expect(decodePayloads([delta({ content: 'b' }, { message: { content: 'ab' } })]).text).toBe('b')
  })

  it.each([
    ['stop', 'stop'],
    ['end_turn', 'stop'],
    ['length', 'length'],
    ['max_tokens', 'length'],
    ['content_filter', 'content-filter'],
    ['tool_calls', 'tool-calls'],
    ['function_call', 'tool-calls'],
    ['insufficient_system_resource', 'other'],
  ])('maps finish reason %s to %s', (reason, expected) => {
    expect(decodePayloads([delta({}, { finish_reason: reason })]).finishReason).toBe(expected)
  })

  it.each([null, '', undefined])('takes finish reason %o for none', (reason) => {
    expect(decodePayloads([delta({}, { finish_reason: reason })]).finishReason).toBeUndefined()
  })

  it('keeps parallel tool calls apart by number', () => {
    const { toolCalls } = decodePayloads([
      delta({ tool_calls: [{ index: 0, id: 'x', function: { name: 'f', arguments: '' } }] }),
      delta({ tool_calls: [{ index: 0, function: { arguments: '{"a"' } }] }),
      delta({ tool_calls: [{ index: 1, id: 'y', function: { name: 'g', arguments: '{}' } }] }),
      delta({ tool_calls: [{ index: 0, function: { arguments: ':1}' } }] }),
    ])
    expect(toolCalls).toEqual([{ id: 'x', name: 'f', arguments: '{"a":1}' }, { id: 'y', name: 'g', arguments: '{}' }])
  })

  it('keeps tool calls apart by id when they have no number, or all the number 0', () => {
    const expected = [{ id: 'x', name: 'f', arguments: '{"x":1}' }, { id: 'y', name: 'f', arguments: '{"y":1}' }]
    expect(decodePayloads([wholeCall('x', {}), wholeCall('y', {})]).toolCalls).toEqual(expected)
    expect(decodePayloads([wholeCall('x', { index: 0 }), wholeCall('y', { index: 0 })]).toolCalls).toEqual(expected)
  })

  it('continues a call whose every piece has a new id but no name', () => {
    const { toolCalls } = decodePayloads([
      delta({ tool_calls: [{ index: 0, id: 'x', function: { name: 'f', arguments: '{' } }] }),
      delta({ tool_calls: [{ index: 0, id: 'x2', function: { arguments: '}' } }] }),
    ])
    expect(toolCalls).toEqual([{ id: 'x', name: 'f', arguments: '{}' }])
  })

  it('continues the last call when a piece has neither number nor id', () => {
    const { toolCalls } = decodePayloads([
      delta({ tool_calls: [{ id: 'x', function: { name: 'f', arguments: '{' } }, { id: 'y', function: { name: 'g', arguments: '[' } }] }),
      delta({ tool_calls: [{ function: { arguments: ']' } }] }),
    ])
    expect(toolCalls).toEqual([{ id: 'x', name: 'f', arguments: '{' }, { id: 'y', name: 'g', arguments: '[]' }])
  })

  it('reads arguments that are an object, and the older function_call', () => {
    expect(decodePayloads([delta({ tool_calls: [{ function: { name: 'f', arguments: { a: 1 } } }] })]).toolCalls[0]?.arguments).toBe('{"a":1}')
    expect(decodePayloads([delta({ function_call: { name: 'f', arguments: '{' } }), delta({ function_call: { arguments: '}' } })]).toolCalls).toEqual([
      { id: undefined, name: 'f', arguments: '{}' },
    ])
  })

  it('reads usage with cached and reasoning tokens, and of groq', () => {
    expect(
      decodePayloads([
        {
          choices: [],
          usage: { prompt_tokens: 9, completion_tokens: 5, total_tokens: 14, prompt_tokens_details: { cached_tokens: 8 }, completion_tokens_details: { reasoning_tokens: 4 } },
        },
      ]).usage,
    ).toEqual({ inputTokens: 9, cachedInputTokens: 8, outputTokens: 5, reasoningTokens: 4 })
    expect(decodePayloads([{ choices: [], x_groq: { usage: { prompt_tokens: 1, completion_tokens: 2 } } }]).usage).toEqual({ inputTokens: 1, outputTokens: 2 })
  })

  it.each([{ prompt_tokens: '9', completion_tokens: 1 }, { prompt_tokens: -1, completion_tokens: 1 }, { completion_tokens: 1 }, { prompt_tokens: 1.5, completion_tokens: 1 }, [], 'x'])(
    'takes usage %o for none',
    (usage) => {
      expect(decodePayloads([{ choices: [], usage }]).usage).toBeUndefined()
    },
  )

  it('stops at [DONE]', () => {
    const { text, done } = decodePayloads([delta({ content: 'a' }), '[DONE]', delta({ content: 'b' }), 'rubbish'])
    expect(text).toBe('a')
    expect(done).toBe(true)
  })

  it.each(['{"choices":[', 'rubbish', '[]', '42', 'null', '"text"'])('fails on an event that is %s', (data) => {
    const error = errorOf(() => decodePayloads([data]))
    expect(error.code).toBe('malformed-event')
    expect(error.message).not.toContain('rubbish')
  })

  it.each([
    [{ error: { message: 'Too busy', type: 'server_error' } }, undefined, true],
    [{ error: { message: 'Too busy', code: 502 } }, 502, true],
    [{ error: { message: 'Too busy', code: '429' } }, 429, true],
    [{ error: { message: 'Too busy', status_code: 400 } }, 400, false],
    [{ error: 'Too busy', error_type: 'overloaded' }, undefined, true],
    [{ object: 'error', message: 'Too busy', code: 400 }, 400, false],
    [{ error: { message: 'Too busy', type: 'invalid_request_error' }, choices: [{ index: 0, delta: { content: 'x' } }] }, undefined, false],
  ])('fails on an error object: %j', (payload, status, retryable) => {
    const error = errorOf(() => decodePayloads([payload]))
    expect(error.code).toBe('stream-error')
    expect(error.message).toMatch(/^The server reported an error: Too busy/)
    expect(error.status).toBe(status)
    expect(error.retryable).toBe(retryable)
  })

  it.each(['{"message":"Too busy"}', '{"error":{"message":"Too busy"}}', 'Too busy', '"Too busy"'])('fails on an event of type error with %s', (data) => {
    const error = errorOf(() => createChatDecoder().pushEvent({ type: 'error', data, lastEventId: '' }))
    expect(error).toMatchObject({ code: 'stream-error', message: 'The server reported an error: Too busy' })
  })

  it('passes over events of other types that are not JSON, and an error that is null', () => {
    expect(createChatDecoder().pushEvent({ type: 'ping', data: 'now', lastEventId: '' })).toEqual([])
    expect(decodePayloads([{ ...delta({ content: 'a' }), error: null }]).text).toBe('a')
  })

  it('reads a whole answer', () => {
    const decoder = createChatDecoder()
    const chunks = decoder.pushBody({
      choices: [{ index: 0, message: { reasoning: 'r', content: 'a', tool_calls: [{ id: 'x', function: { name: 'f', arguments: '{}' } }] }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 1, completion_tokens: 2 },
    })
    expect(summarize(chunks, decoder)).toMatchObject({
      text: 'a',
      reasoning: 'r',
      toolCalls: [{ id: 'x', name: 'f', arguments: '{}' }],
      finishReason: 'stop',
      usage: { inputTokens: 1, outputTokens: 2 },
    })
  })

  it.each([[{ error: { message: 'no' } }, 'stream-error'], [{}, 'malformed-event'], [[], 'malformed-event'], [undefined, 'malformed-event'], [{ choices: [] }, 'malformed-event']])(
    'refuses a whole answer that is %j',
    (body, code) => {
      expect(errorOf(() => createChatDecoder().pushBody(body)).code).toBe(code)
    },
  )
})
