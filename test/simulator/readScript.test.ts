import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { InputError, InvalidOptionError } from '../../src/errors.ts'
import { type SimulatorOptions, readAnswers, readScript, startSimulator } from '../../src/simulator.ts'
import { answerFields, faults, scriptFields } from '../../src/simulator/scriptFields.ts'
import { nearest } from '../../src/simulator/shape.ts'
import { codeBlocks } from '../support/codeBlocks.ts'
import { answered, ask, simulate } from './rawExchange.ts'

const messageOf = (read: () => unknown) => {
  try {
    read()
  } catch (error) {
    expect(error).toBeInstanceOf(InputError)
    return (error as InputError).message
  }
  throw new Error('Expected it to be refused')
}

const everyFault = [
  { type: 'status', status: 429, headers: { 'x-a': 'b' }, body: { error: 1 }, retryAfterMs: 1.5, retryAfterSeconds: 2 },
  { type: 'content', contentType: 'text/html', body: '<p>' },
  { type: 'json-error', error: null },
  { type: 'content-type', contentType: 'text/plain' },
  { type: 'error-object', afterEvents: 0, error: 'x' },
  { type: 'error-event', afterEvents: 1 },
  { type: 'malformed', afterEvents: 1, data: 'x' },
  { type: 'cut', afterEvents: 1, afterBytes: 2 },
  { type: 'close', afterEvents: 1 },
  { type: 'reset', afterBytes: 1 },
  { type: 'stall' },
  { type: 'comments', afterEvents: 1, everyMs: 10 },
  { type: 'hold-open' },
  { type: 'silence' },
]
const everyField = {
  text: 'a', reasoning: 'b', toolCalls: [{ id: '1', name: 'f', arguments: '{}' }], question: 'q', weight: 0.5, continues: true, overlap: 2, tokensPerEvent: 3,
  headersDelayMs: 1, firstDelayMs: { distribution: 'uniform', minMs: 1, maxMs: 1 }, delayMs: { distribution: 'exponential', meanMs: 3 }, roleFirst: false, usage: 'never',
  finishReason: null, done: false, sliceBytes: 9, headers: { 'x-request-id': '7' }, fault: { type: 'silence' },
}

describe('readScript', () => {
  it.each([
    [{}], [{ text: 'a' }], [{ template: '{question}' }], [{ tokens: 0 }], [everyField], [[everyField, { tokens: 3 }]],
    [{ answers: [{ text: 'a' }], order: 'random', seed: 3, faults: everyFault, faultRate: 0.5 }], [{ delayMs: { distribution: 'lognormal', medianMs: 5, sigma: 0 } }],
    ...everyFault.map((fault) => [{ fault }]),
  ] as [unknown][])('takes what is right as it is: %j', (json) => {
    expect(readScript(json, 'script.json')).toEqual(json)
  })

  it('makes bytes of a body', () => {
    expect(readScript({ body: 'data: é\n\n' }, 'script.json')).toEqual({ body: Buffer.from('data: é\n\n') })
  })

  it.each([
    [null, 'script.json: expected an object, got null'],
    ['text', 'script.json: expected an object, got "text"'],
    [[], 'script.json: expected at least one answer, got []'],
    [{ answers: [] }, 'script.json: answers: expected at least one answer, got []'],
    [{ seed: 3 }, 'script.json: the field "answers" is missing'],
    [{ anwsers: [] }, 'script.json: there is no field "anwsers"; the nearest is "answers"'],
    [{ delay: 3 }, 'script.json: there is no field "delay"; the nearest is "delayMs"'],
    [{ answers: [{}, { txt: '' }] }, 'script.json: answers[1]: there is no field "txt"; the nearest is "text"'],
    [{ answers: [{}], text: 'a' }, 'script.json: there is no field "text"; the nearest is "seed"'],
    [{ answers: [{}], order: 'randm' }, 'script.json: order: expected "in-turn" or "random", got "randm"'],
    [{ answers: [{}], faultRate: 2 }, 'script.json: faultRate: expected a number from 0 to 1, got 2'],
    [{ answers: [{}], seed: 1.5 }, 'script.json: seed: expected a whole number from 0, got 1.5'],
    [[{ text: 3 }], 'script.json: [0].text: expected a text, got 3'],
    [{ text: 'a', tokens: 3 }, 'script.json: give one of text and tokens, not both'],
    [{ delayMs: '50' }, 'script.json: delayMs: expected milliseconds or a distribution, got "50"'],
    [{ delayMs: -1 }, 'script.json: delayMs: expected a number from 0, got -1'],
    [{ delayMs: { distribution: 'normal' } }, 'script.json: delayMs.distribution: expected one of uniform, exponential, lognormal, got "normal"'],
    [{ delayMs: { distribution: 'uniform', minMs: 3 } }, 'script.json: delayMs: the field "maxMs" is missing'],
    [{ delayMs: { distribution: 'uniform', minMs: 3, maxMs: 2 } }, 'script.json: delayMs: expected minMs to be at most maxMs'],
    [{ tokensPerEvent: 0 }, 'script.json: tokensPerEvent: expected a whole number from 1 to 1000000, got 0'],
    [{ roleFirst: 'yes' }, 'script.json: roleFirst: expected true or false, got "yes"'],
    [{ usage: 'sometimes' }, 'script.json: usage: expected "asked" or "always" or "never", got "sometimes"'],
    [{ toolCalls: [{ id: 'a', name: 'b' }] }, 'script.json: toolCalls[0]: the field "arguments" is missing'],
    [{ headers: { 'x y': 'a' } }, 'script.json: headers: "x y" is no header that can be sent'],
    [{ headers: { x: 'a\r\nb: c' } }, 'script.json: headers: "x" is no header that can be sent'],
    [{ headers: { x: 1 } }, 'script.json: headers.x: expected a text, got 1'],
    [{ fault: 'cut' }, 'script.json: fault: expected an object, got "cut"'],
    [{ fault: { type: 'ct' } }, 'script.json: fault.type: expected one of status, content, json-error, content-type, error-object, error-event, malformed, cut, close, reset, stall, comments, hold-open, silence, got "ct"'],
    [{ fault: { type: 'toString' } }, 'script.json: fault.type: expected one of status, content, json-error, content-type, error-object, error-event, malformed, cut, close, reset, stall, comments, hold-open, silence, got "toString"'],
    [{ fault: { type: 'status' } }, 'script.json: fault: the field "status" is missing'],
    [{ fault: { type: 'status', status: 100 } }, 'script.json: fault.status: expected a whole number from 200 to 599, got 100'],
    [{ fault: { type: 'cut', after: 3 } }, 'script.json: fault: there is no field "after"; the nearest is "afterEvents"'],
    [{ fault: { type: 'silence', afterEvents: 3 } }, 'script.json: fault: there is no field "afterEvents"; the nearest is "type"'],
    [{ fault: { type: 'malformed' } }, 'script.json: fault: the field "afterEvents" is missing'],
    [{ text: ['a'.repeat(100)] }, `script.json: text: expected a text, got ["${'a'.repeat(55)}…`],
  ])('says of %j what would be right', (json, message) => {
    expect(messageOf(() => readScript(json, 'script.json'))).toBe(message)
  })

  it('takes what it gives', () => {
    const script = readScript([everyField], 'a')
    expect(readScript(script, 'b')).toEqual(script)
  })
})

describe('readAnswers', () => {
  it('takes a line of a .jsonl for each answer, and any other file whole', () => {
    expect(readAnswers('\uFEFF{"question": "a", "text": "b", "delayMs": 3}\n\n{"tokens": 4}\r\n', 'answers.jsonl')).toEqual([{ question: 'a', text: 'b', delayMs: 3 }, { tokens: 4 }])
    expect(readAnswers('{"text": "a"}\n', 'answers.txt')).toEqual([{ text: '{"text": "a"}\n' }])
  })

  it.each([
    ['', 'a.jsonl: expected a line for each answer, such as {"question": "…", "text": "…"}, got none'],
    ['{"text": "a"}\n{"question": "b"}', 'a.jsonl:2: the field "text" is missing'],
    ['{"text": "a"}\n\n{"txt": "b"}', 'a.jsonl:3: there is no field "txt"; the nearest is "text"'],
    ['{"id": "1", "text": "b"}', 'a.jsonl:1: there is no field "id"; the nearest is "body"'],
  ])('says of %j in which line what is wrong', (content, message) => {
    expect(messageOf(() => readAnswers(content, 'a.jsonl'))).toBe(message)
  })

  it('says of a line that is no JSON where it is', () => {
    expect(messageOf(() => readAnswers('{"text": "a"}\n{"text": }', 'a.jsonl'))).toMatch(/^a\.jsonl:2: expected JSON: /)
  })
})

describe('startSimulator', () => {
  it.each([
    [{ script: { delayMs: -1 } }, 'script: delayMs: expected a number from 0, got -1'],
    [{ embeddings: [{ fault: { type: 'status', status: 1 } }] }, 'embeddings: [0].fault.status: expected a whole number from 200 to 599, got 1'],
    [{ limits: { requestsPerMinute: 0 } }, 'startSimulator: limits.requestsPerMinute: expected a whole number from 1, got 0'],
    [{ seed: -1 }, 'startSimulator: seed: expected a whole number from 0, got -1'],
    [{ maxRequests: 0 }, 'startSimulator: maxRequests: expected a whole number from 1, got 0'],
    [{ port: 70_000 }, 'startSimulator: port: expected a whole number from 0 to 65535, got 70000'],
    [{ moddels: [] } as SimulatorOptions, 'startSimulator: there is no field "moddels"; the nearest is "models"'],
  ] as [SimulatorOptions, string][])('refuses %j at the call', async (options, message) => {
    await expect(startSimulator(options)).rejects.toThrow(new InvalidOptionError(message))
  })

  it('answers as the fields say: no role, no finish reason, no [DONE], own headers', async () => {
    const simulator = await simulate({ script: { text: 'a', roleFirst: false, finishReason: null, done: false, headers: { 'x-request-id': '7' } } })
    const { body, headers } = await answered(ask(simulator))
    expect(body).toBe('data: {"id":"simulated","object":"chat.completion.chunk","created":0,"model":"m","choices":[{"index":0,"delta":{"content":"a"},"finish_reason":null}]}\n\n')
    expect(headers['x-request-id']).toBe('7')
  })

  it('answers with reasoning, text, tool calls and usage, in this order', async () => {
    const simulator = await simulate({ script: { text: 'b', reasoning: 'a', usage: 'always', toolCalls: [{ id: '1', name: 'f', arguments: '{}' }], finishReason: 'tool_calls' } })
    const payloads = (await answered(ask(simulator))).body.split('\n\n').slice(0, -2).map((event) => JSON.parse(event.slice(6)) as { choices: { delta: object; finish_reason: string | null }[] })
    expect(payloads.slice(0, -1).map(({ choices }) => choices[0])).toEqual([
      { index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null },
      { index: 0, delta: { reasoning_content: 'a' }, finish_reason: null },
      { index: 0, delta: { content: 'b' }, finish_reason: null },
      { index: 0, delta: { tool_calls: [{ index: 0, id: '1', type: 'function', function: { name: 'f', arguments: '' } }] }, finish_reason: null },
      { index: 0, delta: { tool_calls: [{ index: 0, function: { arguments: '{}' } }] }, finish_reason: null },
      { index: 0, delta: {}, finish_reason: 'tool_calls' },
    ])
    expect(payloads.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 3 } })
  })
})

describe('nearest', () => {
  it('is the word that begins so, else that with the fewest other letters, whatever their case', () => {
    expect(nearest('TOKENSPEREVNT', ['tokens', 'tokensPerEvent', 'text'])).toBe('tokensPerEvent')
    expect(nearest('after', ['type', 'afterEvents'])).toBe('afterEvents')
  })
})

describe('docs/simulator.md', () => {
  const page = readFileSync(new URL('../../docs/simulator.md', import.meta.url), 'utf8')

  it('has a script that can be read', () => {
    const scripts = codeBlocks(page).filter(({ language }) => language === 'json')
    expect(scripts).toHaveLength(1)
    for (const { text } of scripts) expect(readScript(JSON.parse(text), 'script.json')).toMatchObject({ answers: expect.any(Array) })
  })

  it('names every field and every fault', () => {
    const fields = [...Object.keys(answerFields), ...Object.keys(scriptFields), ...Object.entries(faults).flatMap(([type, [of]]) => [type, ...Object.keys(of)])]
    const named = new Set([...page.matchAll(/`([\w-]+)`/g)].map(([, name]) => name))
    expect(fields.filter((field) => !named.has(field))).toEqual([])
  })
})
