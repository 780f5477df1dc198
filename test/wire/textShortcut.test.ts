import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ProviderError } from '../../src/errors.ts'
import { createChatDecoder } from '../../src/wire/chatCompletions.ts'
import { onlyChunkOf } from '../../src/wire/chatReading.ts'
import { createTextShortcut } from '../../src/wire/textShortcut.ts'
import { eventOf } from './eventStreams.ts'

/** All that a decoder shows, event by event, up to the first error. */
function read(payloads: readonly string[], shortcut: boolean) {
  const decoder = createChatDecoder({ shortcut })
  const seen: unknown[] = []
  for (const [index, payload] of payloads.entries()) {
    try {
      const chunks = decoder.pushEvent(eventOf(payload, { number: index + 1 }))
      seen.push([chunks, decoder.finishReason, decoder.usage, decoder.done])
    } catch (error) {
      seen.push(error instanceof ProviderError ? [error.code, error.message, error.detail] : error)
      break
    }
  }
  return seen
}

function expectSame(payloads: readonly string[]): void {
  expect(read(payloads, true)).toEqual(read(payloads, false))
}

/** How many of these events were read without being parsed. */
function hits(payloads: readonly string[]): number {
  let parsed = 0
  const shortcut = createTextShortcut((data) => onlyChunkOf(data))
  for (const payload of payloads) {
    if (shortcut.read(payload)) continue
    parsed++
    const chunk = onlyChunkOf(payload)
    if (chunk) shortcut.learn(payload, chunk)
  }
  return payloads.length - parsed
}

const openai = (literal: string, filler = '') =>
  `{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":${literal}},"logprobs":null,"finish_reason":null}],"usage":null${filler}}`

/** A string literal in one of the ways that JSON allows, and in some that it does not. */
const literal = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }).map((text) => JSON.stringify(text)) },
  { weight: 2, arbitrary: fc.constantFrom('"a"', '" the"', '"12 letters.."', '"13 letters..."', '"\\n"', '"\\u00e9\\/"', '"\\ud83d"', '"\u2028"', '"é"', '"語"', '"😀"', '""', '"content"', '"stop"', '"error"', '"thinking"', '"a text that was put in"') },
  { weight: 1, arbitrary: fc.constantFrom('null', '1e400', '"a', 'a"', '"a"b"', '"a\tb"', '"a\u0000"', '"\\x"', '"\\u12"', '"a\\"', '"a","refusal":"b"', '"a"},"x":{"y":"z"', '["a"]', '[{"type":"text","text":"a"}]', '[{"type":"thinking","thinking":"a"}]', '{"a":1}', '"a"}', '') },
)
/** What stands around it. `@` is the literal, `%` another. */
const frame = fc.constantFrom(
  openai('@'), openai('@'), openai('@', ',"obfuscation":"%"'), openai('@', ',"p":%'), openai('@', ',"q":"%"'),
  '{"choices": [{"index": 0, "delta": {"content": @}}]}',
  '{"choices":[{"delta":{"content":null,"reasoning_content":@}}]}',
  '{"choices":[{"delta":{"reasoning":@,"channel":"analysis"}}]}',
  '{"choices":[{"delta":{"reasoning_content":@,"reasoning":"a"}}]}',
  '{"choices":[{"delta":{"content":@,"content":%}}]}',
  '{"choices":[{"delta":{"content":"a","content":@}}]}',
  '{"choices":[{"delta":{"content":@,"role":%}}]}',
  '{"choices":[{"delta":{"refusal":@}}]}',
  '{"choices":[{"delta":{"content":"x","refusal":@}}]}',
  '{"choices":[{"text":@,"index":0}]}',
  '{"choices":[{"index":1,"delta":{"content":"no"}},{"index":0,"delta":{"content":@}}]}',
  '{"choices":[{"index":1,"delta":{"content":@}}]}',
  '{"choices":[{"index":0,"delta":{"content":@}},{"index":1,"delta":{"content":%}}]}',
  '{"choices":[{"delta":{"content":@},"finish_reason":%}]}',
  '{"choices":[{"delta":{"content":@},"finish_reason":"stop"}]}',
  '{"choices":[{"delta":{"content":@}}],"usage":{"prompt_tokens":1,"completion_tokens":2}}',
  '{"choices":[{"delta":{"content":@}}],"object":%}',
  '{"choices":[{"delta":{"content":@}}],"type":%}',
  '{"choices":[{"delta":{"content":@}}],"error":%}',
  '{"choices":[{"delta":{"content":@}}],"error":{"message":%}}',
  '{"choices":[{"delta":{"content":@,"tool_calls":[{"index":0,"id":%,"function":{"name":"f","arguments":""}}]}}]}',
  '{"choices":[{"delta":{"tool_calls":[{"function":{"arguments":@}}]}}]}',
  '{"choices":[{"delta":{"content":[{"type":"text","text":@}]}}]}',
  '{"choices":[{"delta":{"content":[{"type":@,"thinking":@,"text":"a"}]}}]}',
  '{"choices":[{"delta":{"content":[{"type":"thinking","thinking":[{"type":"thinking","thinking":@}]}]}}]}',
  '{@:1,"choices":[{"delta":{@:"x","content":@}}]}',
  '{"choices":[{"delta":{"reasoning_content":"reasoning_content","reasoning":@}}]}',
  ' {"choices":[{"delta":{"content":@}}]} ', '{"choices":[{"delta":{"content":@}}]}{}', '{"choices":[{"delta":{"content":@}}],}',
  '{"choices":[{"delta":{"content":@}}],"created":01}', '[DONE]', '', '@', '[@]',
)
const payload = fc.tuple(frame, literal, literal).map(([around, first, second]) => around.replaceAll('@', () => first).replaceAll('%', () => second))

describe('createTextShortcut', () => {
  it('gives what parsing gives, whatever the events', () => {
    fc.assert(fc.property(fc.array(payload, { maxLength: 12 }), expectSame), { numRuns: 3000 })
  })

  it('gives what parsing gives when one frame comes again and again with other literals', () => {
    fc.assert(
      fc.property(frame, fc.array(fc.tuple(literal, literal), { minLength: 2, maxLength: 12 }), (around, pairs) => {
        const simple = around.replaceAll('@', '"simple"').replaceAll('%', '"simple"')
        expectSame([simple, simple, ...pairs.map(([first, second]) => around.replaceAll('@', () => first).replaceAll('%', () => second))])
      }),
      { numRuns: 3000 },
    )
  })

  it('gives what parsing gives when events of several frames take turns', () => {
    fc.assert(
      fc.property(fc.array(frame, { minLength: 2, maxLength: 3 }), fc.array(fc.tuple(literal, literal), { minLength: 8, maxLength: 16 }), (frames, pairs) => {
        expectSame(pairs.map(([first, second], index) => frames[index % frames.length]!.replaceAll('@', () => first).replaceAll('%', () => second)))
      }),
      { numRuns: 3000 },
    )
  })

  it.each([
    ['usage', (value: number) => `{"choices":[{"delta":{"content":"a"}}],"usage":{"prompt_tokens":1,"completion_tokens":${value}}}`],
    ['finish reasons', (value: number) => `{"choices":[{"delta":{"content":"a"},"finish_reason":"${value === 1 ? 'stop' : 'length'}"}]}`],
  ])('gives what parsing gives when %s change to and fro', (_, payloadOf) => {
    expectSame([1, 1, 1, 2, 1, 1, 2].map(payloadOf))
  })

  it('is not misled by a server that knows what texts are put in', () => {
    const misleading = (probe: string, type: string) =>
      `{"choices":[{"delta":{"content":[{"thinking":[{"type":"${type}","text":"${probe}","thinking":"thinking"}],"type":"thinking"}]}}]}`
    for (const probe of ['a text that was put in', 'some other words here']) expectSame([misleading(probe, 'thinking'), misleading(probe, 'thinking'), misleading(probe, 'other')])
  })

  it('gives what parsing gives when any one character of an event like the others is another', () => {
    const characters = ['"', '\\', '}', ']', ',', ':', ' ', '\n', '\u0000', 'é', 'x', '0', '']
    for (const like of [openai('"simple"'), openai('"simple"', ',"obfuscation":"xY"')]) {
      for (let at = 0; at < like.length; at++) {
        for (const character of characters) {
          const changed = like.slice(0, at) + character + like.slice(at + 1)
          expect([changed, read([like, like, changed], true)]).toEqual([changed, read([like, like, changed], false)])
        }
      }
    }
  })

  it.each([
    ['of OpenAI', (text: string) => openai(JSON.stringify(text))],
    ['with filler of random length', (text: string, index: number) => openai(JSON.stringify(text), `,"obfuscation":"${'x'.repeat(index % 7)}"`)],
    ['of reasoning', (text: string) => `{"choices":[{"delta":{"content":null,"reasoning_content":${JSON.stringify(text)}},"finish_reason":null}]}`],
    ['with blanks', (text: string) => `{"choices": [{"index": 0, "delta": {"content": ${JSON.stringify(text)}}}]}`],
    ['of legacy completions', (text: string) => `{"choices":[{"text":${JSON.stringify(text)},"index":0,"logprobs":null,"finish_reason":null}],"model":"m"}`],
  ])('reads all events but the first two without parsing: %s', (_, payloadOf) => {
    const texts = ['The', ' answer', ':\n', ' "42"', ', a text of more than twelve letters', ' é', '語', '\\']
    const payloads = Array.from({ length: 100 }, (_, index) => payloadOf(texts[index % texts.length]!, index))
    expect(hits(payloads)).toBe(98)
  })

  it('takes the value for the text, not the name of a member that is the same', () => {
    expect(hits(['x', 'content', 'a', 'b'].map((text) => openai(JSON.stringify(text))))).toBe(2)
  })

  it('learns anew when something else changes, and goes on', () => {
    const payloads = Array.from({ length: 100 }, (_, index) => openai('" a"').replace('"created":1', `"created":${Math.floor(index / 10)}`))
    expect(hits(payloads)).toBe(89)
  })

  it('gives up where no two events are alike, so that it costs nothing', () => {
    let parsed = 0
    const shortcut = createTextShortcut((data) => {
      parsed++
      return onlyChunkOf(data)
    })
    for (let index = 0; index < 1000; index++) {
      const data = openai('" a"').replace('chatcmpl-1', `chatcmpl-${index}`)
      expect(shortcut.read(data)).toBeUndefined()
      shortcut.learn(data, { type: 'text', text: ' a' })
    }
    expect(parsed).toBeLessThan(20)
  })
})

describe('onlyChunkOf', () => {
  it('is the chunk of an event that says nothing else', () => {
    expect(onlyChunkOf('{"choices":[{"delta":{"content":"a"},"finish_reason":null}],"usage":null}')).toEqual({ type: 'text', text: 'a' })
  })

  it.each([
    '{"choices":[{"delta":{"content":"a","refusal":"b"}}]}',
    '{"choices":[{"delta":{"content":"a","tool_calls":[{"index":0}]}}]}',
    '{"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]}',
    '{"choices":[{"delta":{"content":"a"}}],"usage":{"prompt_tokens":1,"completion_tokens":2}}',
    '{"choices":[{"delta":{"content":"a"}}],"error":{"message":"b"}}',
    '{"choices":[{"delta":{"content":""}}]}',
    '{"choices":[]}',
    '[]',
    '{',
  ])('is nothing for %s', (data) => {
    expect(onlyChunkOf(data)).toBeUndefined()
  })
})
