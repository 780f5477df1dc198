import { describe, expect, it } from 'vitest'
import { ProviderError } from '../../src/errors.ts'
import { createChatDecoder } from '../../src/wire/chatCompletions.ts'
import { createRedactor } from '../../src/wire/redactor.ts'
import { summarize } from './chatSummary.ts'
import { eventOf } from './eventStreams.ts'

function decodePayloads(payloads: readonly (string | object)[]) {
  const decoder = createChatDecoder()
  const chunks = payloads.flatMap((payload, index) =>
    decoder.pushEvent(eventOf(typeof payload === 'string' ? payload : JSON.stringify(payload), { number: index + 1 })),
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

  it.each(['[DONE]', ' [DONE]\n'])('stops at %j', (end) => {
    const { text, done } = decodePayloads([delta({ content: 'a' }), end, delta({ content: 'a' }), 'rubbish'])
    expect(text).toBe('a')
    expect(done).toBe(true)
  })

  it.each(['{"choices":[', 'rubbish', '[]', '42', 'null', '"text"', '{"choices":[]}{}'])('fails on an event that is %s, and says where it stands', (data) => {
    const error = errorOf(() => decodePayloads([delta({ content: 'a' }), '', data]))
    expect(error.code).toBe('malformed-event')
    expect(error.message).toBe(`Expected a JSON object in event 3, got ${data.length} characters of something else`)
    expect(error.detail).toEqual({ events: 3, byteOffset: 3000, excerpt: data, retryable: true })
  })

  it('keeps secrets, control characters and all but the beginning out of what it shows of an event', () => {
    const decoder = createChatDecoder({ redactor: createRedactor(['sk-0123456789']) })
    const { detail } = errorOf(() => decoder.pushEvent(eventOf(`no sk-0123456789\n\u001b]0;title\u0007${'x'.repeat(500)}`)))
    expect(detail.excerpt).toMatch(/^no \[secret\]␊␛\]0;title␇x+…$/)
    expect(detail.excerpt).toHaveLength(201)
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
    const error = errorOf(() => decodePayloads([delta({ content: 'a' }), payload]))
    expect(error.code).toBe('stream-error')
    expect(error.message).toMatch(/^The server reported an error in event 2: Too busy/)
    expect(error.detail).toMatchObject({ events: 2, byteOffset: 2000, excerpt: JSON.stringify(payload) })
    expect(error.status).toBe(status)
    expect(error.retryable).toBe(retryable)
  })

  it.each(['{"message":"Too busy"}', '{"error":{"message":"Too busy"}}', 'Too busy', '"Too busy"'])('fails on an event of type error with %s', (data) => {
    const error = errorOf(() => createChatDecoder().pushEvent(eventOf(data, { type: 'error', number: 7 })))
    expect(error).toMatchObject({ code: 'stream-error', message: 'The server reported an error in event 7: Too busy', detail: { events: 7, excerpt: data } })
  })

  it('fails on a finish reason that is an error', () => {
    const error = errorOf(() => decodePayloads([delta({ content: 'a' }), delta({}, { finish_reason: 'error' })]))
    expect(error).toMatchObject({ code: 'stream-error', retryable: true, message: 'The server ended the answer with an error in event 2 and gave no reason', detail: { events: 2 } })
  })

  it('passes over events of other types that are not JSON, and an error that is null', () => {
    expect(createChatDecoder().pushEvent(eventOf('now', { type: 'ping' }))).toEqual([])
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
