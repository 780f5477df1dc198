import { readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import { lastValueFrom, takeWhile, tap, toArray } from 'rxjs'
import { Agent } from 'undici'
import { afterEach, describe, expect, it } from 'vitest'
import { InvalidOptionError, ProviderError, TruncatedError } from '../../src/errors.ts'
import { openai, type OpenAIOptions } from '../../src/openai.ts'
import { createGate } from '../../src/policies/gate.ts'
import { type Script, type ScriptedAnswer, type Simulator, type SimulatorOptions, startSimulator } from '../../src/simulator.ts'
import type { Chunk, ModelCall } from '../../src/types/chunk.ts'
import type { CompletionRequest } from '../../src/types/completion.ts'
import { uncaughtDuring } from '../support/uncaught.ts'
import { settled, until } from '../wire/until.ts'

const key = 'sk-recognisable-0123456789'
const messages = [{ role: 'user', content: 'How are you?' }] as const

const started: Simulator[] = []
afterEach(async () => {
  await Promise.all(started.splice(0).map((simulator) => simulator.close()))
})

async function simulate(script: Script = {}, more: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await startSimulator({ script, ...more })
  started.push(simulator)
  return simulator
}

interface Outcome {
  readonly chunks: readonly Chunk[]
  readonly text: string
  readonly usage: readonly ModelCall[]
  readonly error: ProviderError | undefined
}

/** Runs a call to its end, whatever that is. */
async function run(simulator: { readonly url: string }, request: Partial<CompletionRequest> = {}, options: Partial<OpenAIOptions> = {}): Promise<Outcome> {
  const usage: ModelCall[] = []
  const chunks: Chunk[] = []
  const model = openai({ model: 'm', baseUrl: simulator.url, apiKey: key, ...options })
  const stream = model.stream({ messages, onUsage: (call) => usage.push(call), ...request })
  const error: unknown = await lastValueFrom(stream.pipe(tap((chunk) => chunks.push(chunk))), { defaultValue: undefined }).then(
    () => undefined,
    (failure: unknown) => failure,
  )
  if (error !== undefined && !(error instanceof ProviderError)) throw error
  return { chunks, text: textOf(chunks), usage, error }
}

function textOf(chunks: readonly Chunk[], type: 'text' | 'reasoning' = 'text'): string {
  return chunks.map((chunk) => (chunk.type === type ? chunk.text : '')).join('')
}

function namesOf(chunks: readonly Chunk[]): string {
  return chunks.map((chunk) => (chunk.type === 'mark' ? chunk.name : chunk.type)).join(' ')
}

const fixture = (name: string) => readFileSync(new URL(`../fixtures/wire/${name}`, import.meta.url))
const withoutMarks = (chunks: readonly Chunk[]) => chunks.filter((chunk) => chunk.type !== 'mark')

describe('an answer', () => {
  it('comes as marks, reasoning, text and finish, in order', async () => {
    const { chunks, usage } = await run(await simulate({ text: 'Well, thanks.', reasoning: 'Hm.', tokensPerEvent: 2 }))
    expect(namesOf(chunks)).toBe('connected sent headers byte1 event1 any1 reasoning visible1 text last finished finish')
    expect(textOf(chunks)).toBe('Well, thanks.')
    expect(textOf(chunks, 'reasoning')).toBe('Hm.')
    expect(chunks.at(-1)).toEqual({ type: 'finish', reason: 'stop' })
    const times = chunks.flatMap((chunk) => (chunk.type === 'mark' ? [chunk.at] : []))
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    expect(usage).toEqual([{ model: 'm', purpose: 'answer', inputTokens: 3, outputTokens: 3, from: 'server' }])
  })

  it('carries the attempt in its marks', async () => {
    const { chunks } = await run(await simulate(), { attempt: 3 })
    expect(new Set(chunks.flatMap((chunk) => (chunk.type === 'mark' ? [chunk.attempt] : [])))).toEqual(new Set([3]))
  })

  it('is the same from one response as from a stream', async () => {
    const answer: ScriptedAnswer = { text: 'Well, thanks.', reasoning: 'Hm.', toolCalls: [{ id: 'a', name: 'f', arguments: '{"a":1}' }], finishReason: 'length' }
    const simulator = await simulate(answer)
    const [streamed, whole] = [await run(simulator), await run(simulator, { streaming: false })]
    for (const { chunks } of [streamed, whole]) {
      expect(textOf(chunks)).toBe('Well, thanks.')
      expect(textOf(chunks, 'reasoning')).toBe('Hm.')
      expect(chunks.map((chunk) => (chunk.type === 'tool-call' ? chunk.argumentsText : '')).join('')).toBe('{"a":1}')
      expect(chunks.at(-1)).toEqual({ type: 'finish', reason: 'length' })
    }
    expect(whole.usage).toEqual(streamed.usage)
    expect(namesOf(whole.chunks)).toBe('connected sent headers byte1 event1 any1 reasoning visible1 text tool-call last finished finish')
    expect(simulator.record.requests.map(({ body }) => (body as { stream: boolean }).stream)).toEqual([true, false])
  })

  it('is read as what came, when a server streams unasked or does not stream when asked', async () => {
    const body = fixture('text.sse')
    const whole = Buffer.from('{"choices":[{"message":{"content":"ok"},"finish_reason":"stop"}]}')
    const streamedUnasked = await simulate({ body, headers: { 'content-type': 'text/event-stream' } })
    expect((await run(streamedUnasked, { streaming: false })).text).toBe('Grüße 世界 😀\n\n"ok"')
    expect((await run(await simulate({ body: whole, headers: { 'content-type': 'application/json; charset=utf-8' } }))).text).toBe('ok')
  })

  it('makes a request for each subscription and none before', async () => {
    const simulator = await simulate()
    const stream = openai({ model: 'm', baseUrl: simulator.url }).stream({ messages })
    expect(simulator.record.requests).toHaveLength(0)
    await lastValueFrom(stream)
    await lastValueFrom(stream)
    expect(simulator.record.requests).toHaveLength(2)
  })

  it('gives its connection back: the next answer comes over the same one', async () => {
    const simulator = await simulate()
    const model = openai({ model: 'm', baseUrl: simulator.url })
    for (let count = 0; count < 5; count++) {
      await lastValueFrom(model.stream({ messages }))
      await until(() => simulator.record.requests.every(({ end }) => end !== undefined))
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    expect(simulator.record.requests).toHaveLength(5)
    expect(simulator.record.sockets.length).toBeLessThan(5)
  })

  it.each([true, false])('gives its connection back before it ends: who asks at once opens no other, streaming %s', async (streaming) => {
    const simulator = await simulate()
    const model = openai({ model: 'm', baseUrl: simulator.url })
    const ask = async () => {
      for (let count = 0; count < 40; count++) await lastValueFrom(model.stream({ messages, streaming }))
    }
    await Promise.all(Array.from({ length: 16 }, ask))
    expect(simulator.record.counts.requests).toBe(640)
    // A few to spare: an answer may end with one read of the socket, and its body with the next.
    expect(simulator.record.counts.sockets.opened).toBeLessThan(20)
  })

  it('ends at [DONE] though the server keeps the connection open', async () => {
    const { error, text, chunks } = await run(await simulate({ text: 'Well.', fault: { type: 'stall' } }))
    expect(error).toBeUndefined()
    expect(text).toBe('Well.')
    expect(chunks.at(-1)).toEqual({ type: 'finish', reason: 'stop' })
  })

  it('closes a connection that stays open after [DONE]', async () => {
    const simulator = await simulate({ fault: { type: 'stall' } })
    await run(simulator)
    await until(() => simulator.record.sockets[0]?.closed !== undefined)
    expect(simulator.record.sockets[0]?.closed?.by).toBe('client')
  })

  it.each([{ done: false }, { usage: 'never' as const }, { roleFirst: false }, { tokensPerEvent: 100 }])('is whole with %o', async (more) => {
    const { error, text } = await run(await simulate({ text: 'It is well.', ...more }))
    expect(error).toBeUndefined()
    expect(text).toBe('It is well.')
  })

  it('is whole when the connection breaks after the finish reason', async () => {
    const { error, text, usage } = await run(await simulate({ text: 'Well.', fault: { type: 'close', afterEvents: 3 } }))
    expect(error).toBeUndefined()
    expect(text).toBe('Well.')
    expect(usage[0]?.from).toBe('estimated')
  })

  it('of 10,000 events arrives whole', async () => {
    const text = Array.from({ length: 10_000 }, (_, index) => `w${index % 10} `).join('').trimEnd()
    const { chunks, usage, error } = await run(await simulate({ text }))
    expect(error).toBeUndefined()
    expect(chunks.filter((chunk) => chunk.type === 'text')).toHaveLength(10_000)
    expect(textOf(chunks)).toBe(text)
    expect(usage[0]?.outputTokens).toBe(10_000)
  })
})

describe.each(['text.sse', 'reasoning-crlf.sse', 'tool-calls.sse'])('the recorded body %s', (name) => {
  const body = fixture(name)

  it('gives the same chunks in slices of every length', async () => {
    let sliceBytes = body.length
    const simulator = await simulate(() => ({ body, sliceBytes }))
    const whole = await run(simulator)
    expect(whole.error).toBeUndefined()
    expect(withoutMarks(whole.chunks).length).toBeGreaterThan(3)
    for (sliceBytes = 1; sliceBytes < body.length; sliceBytes++) {
      const { chunks, usage } = await run(simulator)
      expect(withoutMarks(chunks)).toEqual(withoutMarks(whole.chunks))
      expect(usage).toEqual(whole.usage)
    }
  })

  it('cut at any byte is an error with the text so far, unless the finish reason has come', async () => {
    let afterBytes = 0
    const simulator = await simulate(() => ({ body, fault: { type: 'cut', afterBytes } }))
    const { text } = await run(await simulate({ body }))
    const finish = body.indexOf('"finish_reason":"')
    const crlf = body.indexOf('\r\n\r', finish)
    const whole = crlf < 0 ? body.indexOf('\n\n', finish) + 2 : crlf + 3
    expect(whole).toBeGreaterThan(100)
    for (; afterBytes <= body.length; afterBytes++) {
      const outcome = await run(simulator)
      expect(text.startsWith(outcome.text)).toBe(true)
      expect(outcome.usage).toHaveLength(1)
      if (afterBytes >= whole) {
        expect(outcome.error).toBeUndefined()
        expect(outcome.text).toBe(text)
      } else {
        expect(outcome.error).toBeInstanceOf(TruncatedError)
        expect(outcome.error?.detail).toMatchObject({ phase: 'body', textLength: outcome.text.length, textTail: outcome.text, status: 200 })
      }
    }
  })
})

const bodyOf = async (request: Partial<CompletionRequest>, options: Partial<OpenAIOptions> = {}) => {
  const simulator = await simulate()
  await run(simulator, request, options)
  return simulator.record.requests[0]?.body
}

describe('the request', () => {
  it('has the model, the messages, and asks for usage', async () => {
    expect(await bodyOf({})).toEqual({ model: 'm', messages, stream: true, stream_options: { include_usage: true } })
  })

  it('does not ask for usage when told not to, nor outside a stream', async () => {
    expect(await bodyOf({}, { includeUsage: false })).toEqual({ model: 'm', messages, stream: true })
    expect(await bodyOf({ streaming: false })).toEqual({ model: 'm', messages, stream: false })
  })

  it('has the sampling and further parameters', async () => {
    expect(await bodyOf({ temperature: 0, maxOutputTokens: 9 }, { parameters: { seed: 1 } })).toMatchObject({ temperature: 0, max_tokens: 9, seed: 1 })
    expect(await bodyOf({ maxOutputTokens: 9 }, { maxTokensField: 'max_completion_tokens' })).toMatchObject({ max_completion_tokens: 9 })
  })

  it('has no key when there is none, and the headers given', async () => {
    const simulator = await simulate()
    await run(simulator, {}, { apiKey: '', headers: { 'x-title': 'a title' } })
    expect(simulator.record.requests[0]?.headers).not.toHaveProperty('authorization')
    expect(simulator.record.requests[0]?.headers).toMatchObject({ 'x-title': 'a title' })
  })

  it('has nothing from the environment', async () => {
    const names = { OPENAI_API_KEY: 'sk-env', OPENAI_ORG_ID: 'env', OPENAI_PROJECT_ID: 'env', OPENAI_BASE_URL: 'http://127.0.0.1:1', OPENAI_CUSTOM_HEADERS: 'X-Env: env\nAuthorization: env' }
    Object.assign(process.env, names)
    try {
      const simulator = await simulate({}, { requireKey: key })
      expect((await run(simulator)).error).toBeUndefined()
      expect(JSON.stringify(simulator.record.requests[0]?.headers)).not.toContain('env')
    } finally {
      for (const name of Object.keys(names)) Reflect.deleteProperty(process.env, name)
    }
  })

  it.each(['', '/', '?api-version=preview'])('goes to the right path when the base URL ends in %j', async (end) => {
    const { url, record } = await simulate()
    expect((await run({ url: url + end })).error).toBeUndefined()
    expect(record.requests[0]?.path).toBe('/v1/chat/completions')
  })

  it('has the organization and the project given', async () => {
    const simulator = await simulate()
    await run(simulator, {}, { organization: 'o', project: 'p' })
    expect(simulator.record.requests[0]?.headers).toMatchObject({ 'openai-organization': 'o', 'openai-project': 'p' })
  })

  it('has the key, with blanks around it taken off', async () => {
    const simulator = await simulate({}, { requireKey: key })
    expect((await run(simulator, {}, { apiKey: ` ${key}\n` })).error).toBeUndefined()
  })
})

describe('options', () => {
  it.each([
    { model: 'm' },
    { model: 'm', apiKey: '' },
    { model: ' ', apiKey: key },
    { model: 'm', apiKey: 'sk-a b' },
    { model: 'm', apiKey: 'sk-ä' },
    { model: 'm', apiKey: key, baseUrl: 'localhost:11434' },
    { model: 'm', apiKey: key, baseUrl: `https://user:${key}@host/v1` },
    { model: 'm', apiKey: key, contextTokens: 0 },
    { model: 'm', apiKey: key, parameters: { stream: false } },
  ])('%j are refused at the call, without showing a key', (options) => {
    const call = () => openai(options)
    expect(call).toThrow(InvalidOptionError)
    expect(call).toThrow(/^(?!.*(sk-|0123456789))/)
  })
})

describe('a failure', () => {
  it.each<[string, ScriptedAnswer, object]>([
    ['an end without a finish reason', { finishReason: null, done: false }, { code: 'truncated', retryable: true }],
    ['[DONE] without a finish reason', { finishReason: null }, { code: 'truncated' }],
    ['a lost connection', { fault: { type: 'close', afterEvents: 3 } }, { code: 'truncated', retryable: true, detail: { phase: 'body', events: 3 } }],
    ['a reset', { fault: { type: 'reset', afterEvents: 3 } }, { code: 'truncated', retryable: true }],
    ['an error in the stream', { fault: { type: 'error-object', afterEvents: 3 } }, { code: 'stream-error', retryable: true, detail: { events: 4, textLength: 7, textTail: 'This is' } }],
    ['an event named error', { fault: { type: 'error-event', afterEvents: 3 } }, { code: 'stream-error', retryable: true }],
    ['a page of HTML', { fault: { type: 'content', contentType: 'text/html; charset=utf-8', body: '<p>Hello' } }, { code: 'wrong-content-type', retryable: false }],
    ['a JSON error with status 200', { fault: { type: 'content', contentType: 'application/json', body: '{"error":{"message":"no"}}' } }, { code: 'stream-error' }],
    ['JSON that is broken', { fault: { type: 'content', contentType: 'application/json', body: '{"choices":[' } }, { code: 'malformed-event' }],
    ['an event that is broken', { fault: { type: 'content', contentType: 'text/event-stream', body: 'data: {"cho\n\n' } }, { code: 'malformed-event' }],
    ['an encoded body', { headers: { 'content-encoding': 'gzip' } }, { code: 'wrong-content-type' }],
    ['status 400', { fault: { type: 'status', status: 400, body: { error: { message: 'Bad\nthing' } } } }, { code: 'bad-request', status: 400, retryable: false, message: expect.stringMatching(/: Bad thing$/) as string }],
    ['status 401', { fault: { type: 'status', status: 401 } }, { code: 'unauthorized', status: 401, retryable: false, message: expect.stringContaining('check that the key') as string }],
    ['status 403', { fault: { type: 'status', status: 403 } }, { code: 'forbidden', retryable: false }],
    ['status 404', { fault: { type: 'status', status: 404, body: 'not here' } }, { code: 'not-found', retryable: false }],
    ['status 302', { fault: { type: 'status', status: 302, headers: { location: 'http://127.0.0.1:1/' } } }, { code: 'redirected', retryable: false }],
    ['status 429', { fault: { type: 'status', status: 429, headers: { 'retry-after': '2' } } }, { code: 'rate-limited', retryable: true, retryAfterMs: 2000 }],
    ['status 429 in milliseconds', { fault: { type: 'status', status: 429, headers: { 'retry-after': '2', 'retry-after-ms': '150' } } }, { retryAfterMs: 150 }],
    ['a used up quota', { fault: { type: 'status', status: 429, body: { error: { message: 'no', code: 'insufficient_quota' } } } }, { code: 'quota-exceeded', retryable: false }],
    ['status 503', { fault: { type: 'status', status: 503, body: '<html>busy' } }, { code: 'server-error', retryable: true, status: 503 }],
  ])('%s is a typed error, and usage is reported once', async (_, answer, expected) => {
    const { error, usage, chunks } = await run(await simulate(answer))
    expect(error).toMatchObject(expected)
    expect(error?.message).not.toMatch(/[\r\n]/)
    expect(error?.detail).toMatchObject({ attempt: 1, requestId: 'simulated' })
    expect(error?.status).toBeTypeOf('number')
    expect(usage).toHaveLength(1)
    expect(usage[0]?.from).toBe('finishReason' in answer && answer.finishReason === null ? 'server' : 'estimated')
    expect(usage[0]?.inputTokens === 0).toBe((error?.status ?? 0) !== 200)
    expect(chunks.some((chunk) => chunk.type === 'finish')).toBe(false)
  })

  it('names the model that is not there', async () => {
    const { error } = await run(await simulate({}, { models: ['other'] }))
    expect(error).toMatchObject({ code: 'not-found', status: 404, message: expect.stringContaining('knows no model m') as string })
  })

  it('asks for a key when none was given', async () => {
    const { error } = await run(await simulate({}, { requireKey: key }), {}, { apiKey: '' })
    expect(error).toMatchObject({ code: 'unauthorized', message: expect.stringContaining('wants an API key') as string })
  })

  it('to connect names the origin and nothing else of the address', async () => {
    const simulator = await simulate()
    await simulator.close()
    const { origin } = new URL(simulator.url)
    const { error, usage } = await run({ url: `${simulator.url}?token=abcdefgh123` })
    expect(error).toMatchObject({ code: 'connect', retryable: true, detail: { phase: 'connect', attempt: 1 } })
    expect(error?.message).toContain(`Cannot reach ${origin} (ECONNREFUSED)`)
    expect(inspect(error, { depth: 9 })).not.toContain('abcdefgh123')
    expect(usage).toEqual([{ model: 'm', purpose: 'answer', inputTokens: 0, outputTokens: 0, from: 'estimated' }])
  })

  it('ends its own answer and no other, though what it tells throws', async () => {
    const simulator = await simulate()
    await simulator.close()
    // One connection for all: undici fails what waits for it in one loop.
    const model = openai({ model: 'm', baseUrl: simulator.url, dispatcher: new Agent({ connections: 1 }) })
    const wrong = new Error('wrong')
    const onUsage = () => {
      throw wrong
    }
    let codes: unknown[] = []
    const caught = await uncaughtDuring(async () => {
      const ended = [{ onUsage }, {}, {}].map((more) => lastValueFrom(model.stream({ messages, ...more })).catch((error: ProviderError) => error.code))
      codes = await Promise.all(ended)
    })

    expect(codes).toEqual(['connect', 'connect', 'connect'])
    expect(caught).toEqual([wrong])
  })

  it('to make a request out of what is no message is told as one of the model, with the usage', async () => {
    const { error, usage } = await run({ url: 'http://127.0.0.1:1/v1' }, { messages: [null] as unknown as CompletionRequest['messages'] })
    expect(error).toMatchObject({ code: 'request-failed' })
    expect(usage).toHaveLength(1)
  })

  it('to find the host is one to connect', async () => {
    const { error } = await run({ url: 'http://does-not-exist.invalid/v1' })
    expect(error).toMatchObject({ code: 'connect', message: expect.stringContaining('http://does-not-exist.invalid') as string })
  })

  it('before the headers is a lost connection', async () => {
    const simulator = await simulate({ fault: { type: 'silence' } })
    const outcome = run(simulator)
    await until(() => simulator.record.requests.length === 1)
    await simulator.close()
    expect((await outcome).error).toMatchObject({ code: 'connection-lost', retryable: true, detail: { phase: 'headers' } })
  })

  it('is not made of [DONE] without a finish reason when told so', async () => {
    const { error, chunks } = await run(await simulate({ finishReason: null }), {}, { finishOnDone: true })
    expect(error).toBeUndefined()
    expect(chunks.at(-1)).toEqual({ type: 'finish', reason: 'other' })
  })

  it('keeps only the last 1 KiB of text', async () => {
    const text = 'word '.repeat(4000).trimEnd()
    const { error } = await run(await simulate({ text, tokensPerEvent: 50, finishReason: null }))
    expect(error?.detail.textLength).toBe(text.length)
    expect(error?.detail.textTail).toBe(text.slice(-1024))
  })
})

describe('the key', () => {
  const echo = `you sent Bearer ${key}, ${encodeURIComponent(key)}!`
  const long = `${'x'.repeat(390)}${key}`

  it.each<[string, ScriptedAnswer]>([
    ['an error status', { fault: { type: 'status', status: 401, body: { error: { message: echo, code: key } } } }],
    ['an error status, where the message is cut', { fault: { type: 'status', status: 400, body: { error: { message: long } } } }],
    ['an error in the stream', { fault: { type: 'error-object', afterEvents: 1, error: { message: echo } } }],
    ['an error event that is only text', { fault: { type: 'error-event', afterEvents: 1, error: echo } }],
    ['the text of a cut answer', { text: `${'y'.repeat(500)}${key}${'z'.repeat(1000)}`, tokensPerEvent: 3, finishReason: null }],
    ['the content type', { fault: { type: 'content', contentType: `text/${key}`, body: '' } }],
    ['the request id', { headers: { 'x-request-id': key }, finishReason: null }],
  ])('shows in no error when the server echoes it in %s', async (_, answer) => {
    const { error } = await run(await simulate(answer))
    expect(error).toBeInstanceOf(ProviderError)
    const shown = inspect(error, { depth: 20, showHidden: true, maxStringLength: Number.POSITIVE_INFINITY }) + JSON.stringify(error)
    expect(shown).not.toContain('0123456789')
    expect(shown).not.toContain('sk-recog')
  })

  it('shows in no model', () => {
    const model = openai({ model: 'm', apiKey: key })
    expect(inspect(model, { depth: 20, showHidden: true }) + JSON.stringify(model)).not.toContain('recognisable')
  })

  it('shows in no error of a server that speaks no HTTP', async () => {
    const { createServer } = await import('node:net')
    const server = createServer((socket) => socket.on('data', (bytes) => socket.end(`HTTP/1.1 200 OK\r\n${bytes.toString()}\r\n\r\n`)))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const { error } = await run({ url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/v1` })
    server.close()
    expect(error?.code).toBe('connection-lost')
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain('recognisable')
  })
})

const drop = async (simulator: Simulator, seen: (chunks: readonly Chunk[]) => boolean, request: Partial<CompletionRequest> = {}) => {
  const chunks: Chunk[] = []
  const usage: ModelCall[] = []
  const subscription = openai({ model: 'm', baseUrl: simulator.url })
    .stream({ messages, onUsage: (call) => usage.push(call), ...request })
    .subscribe((chunk) => chunks.push(chunk))
  await until(() => seen(chunks))
  subscription.unsubscribe()
  const count = chunks.length
  return { chunks, usage, count }
}

describe('unsubscribing', () => {
  it.each<[string, ScriptedAnswer, number, (chunks: readonly Chunk[]) => boolean]>([
    ['before the headers', { fault: { type: 'silence' } }, 7, (chunks) => chunks.some((chunk) => chunk.type === 'mark' && chunk.name === 'sent')],
    ['between headers and text', { fault: { type: 'stall', afterEvents: 1 } }, 7, (chunks) => chunks.some((chunk) => chunk.type === 'mark' && chunk.name === 'event1')],
    ['in the middle of the text', { fault: { type: 'stall', afterEvents: 4 } }, 7, (chunks) => textOf(chunks) === 'This is a'],
  ])('%s closes the socket and reports usage at once', async (_, answer, inputTokens, seen) => {
    const simulator = await simulate(answer)
    const { usage, chunks, count } = await drop(simulator, seen)
    expect(usage).toHaveLength(1)
    expect(usage[0]).toMatchObject({ from: 'estimated', outputTokens: Math.ceil(textOf(chunks).length / 4) })
    expect([0, inputTokens]).toContain(usage[0]?.inputTokens)
    await until(() => simulator.record.sockets[0]?.closed !== undefined)
    expect(simulator.record.sockets[0]?.closed?.by).toBe('client')
    expect(simulator.record.requests[0]?.end?.by).toBe('client')
    expect(chunks).toHaveLength(count)
    expect(usage).toHaveLength(1)
  })

  it('while the gate is held closes the socket', async () => {
    const simulator = await simulate({ body: bigBody(24), sliceBytes: 65_536, headers: {} })
    const gate = createGate()
    const seen = (chunks: readonly Chunk[]) => chunks.some((chunk) => chunk.type === 'text') && (gate.held || (gate.hold(), true))
    const { usage } = await drop(simulator, seen, { gate })
    expect(usage).toHaveLength(1)
    await until(() => simulator.record.sockets[0]?.closed !== undefined)
    expect(simulator.record.sockets[0]?.closed?.by).toBe('client')
  })

  it('at the first text by an operator ends the call', async () => {
    const simulator = await simulate({ delayMs: 1 })
    const stream = openai({ model: 'm', baseUrl: simulator.url }).stream({ messages })
    const chunks = await lastValueFrom(stream.pipe(takeWhile((chunk) => chunk.type !== 'text', true), toArray()))
    expect(textOf(chunks)).toBe('This')
    await until(() => simulator.record.requests[0]?.end !== undefined)
    expect(simulator.record.requests[0]?.end?.by).toBe('client')
  })

  it('in the same turn makes no request', async () => {
    const simulator = await simulate()
    const usage: ModelCall[] = []
    openai({ model: 'm', baseUrl: simulator.url }).stream({ messages, onUsage: (call) => usage.push(call) }).subscribe().unsubscribe()
    await run(simulator)
    expect(simulator.record.requests).toHaveLength(1)
    expect(usage).toEqual([{ model: 'm', purpose: 'answer', inputTokens: 0, outputTokens: 0, from: 'estimated' }])
  })
})

function bigBody(megabytes: number): Uint8Array {
  const event = `data: {"choices":[{"index":0,"delta":{"content":"${'x'.repeat(10_000)}"}}]}\n\n`
  return Buffer.from(`${event.repeat((megabytes * 1_048_576) / event.length)}data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n`)
}

describe('while the gate is held', () => {
  it('nothing more is read than the buffers of the system take, and all of it comes after', async () => {
    const body = bigBody(32)
    const simulator = await simulate({ body, sliceBytes: 65_536 })
    const gate = createGate()
    let release: (() => void) | undefined
    let received = 0
    const ended = lastValueFrom(
      openai({ model: 'm', baseUrl: simulator.url })
        .stream({ messages, gate })
        .pipe(
          tap((chunk) => {
            if (chunk.type === 'text') received += chunk.text.length
            release ??= chunk.type === 'text' ? gate.hold() : undefined
          }),
        ),
    )
    await until(() => release !== undefined)
    const written = await settled(() => simulator.record.requests[0]?.bytes ?? 0)
    expect(written).toBeLessThan(body.length / 2)
    // What one read of the socket brings is passed on whole.
    expect(received).toBeLessThanOrEqual(65_536)
    release?.()
    expect(await ended).toEqual({ type: 'finish', reason: 'stop' })
    expect(received).toBeGreaterThan(31 * 1_000_000)
  })

  it('from the start no byte is read', async () => {
    const simulator = await simulate({ body: bigBody(32), sliceBytes: 65_536 })
    const gate = createGate()
    const release = gate.hold()
    const chunks: Chunk[] = []
    const subscription = openai({ model: 'm', baseUrl: simulator.url }).stream({ messages, gate }).subscribe((chunk) => chunks.push(chunk))
    await until(() => chunks.length >= 3)
    expect(await settled(() => simulator.record.requests[0]?.bytes ?? 0)).toBeLessThan(16 * 1_048_576)
    expect(namesOf(chunks)).toBe('connected sent headers')
    release()
    await until(() => chunks.some((chunk) => chunk.type === 'text'))
    subscription.unsubscribe()
  })
})
