import { spawn } from 'node:child_process'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { ChatOpenAI } from '@langchain/openai'
import { DefaultChatTransport, type UIMessage, readUIMessageStream, streamText } from 'ai'
import OpenAI from 'openai'
import { NEVER, type Observable, Subject, concat, of, takeUntil, throwError } from 'rxjs'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { RagError } from '../../src/errors.ts'
import type { HandlerOptions } from '../../src/server/options.ts'
import { type Serving, serve } from '../../src/server/serve.ts'
import type { Chunk } from '../../src/types/chunk.ts'
import { call, finish, reset, text, usage } from '../support/chunks.ts'
import { handlerOf, post, sources } from './asking.ts'

const messages = [{ role: 'user' as const, content: 'What?' }]
const serving: Serving[] = []
afterEach(async () => {
  await Promise.all(serving.splice(0).map(async ({ close }) => close()))
})

/** A server whose answer is `one`, and after `release` `two`. */
async function held(options: Partial<HandlerOptions> = {}) {
  const rest$ = new Subject<Chunk>()
  const answer = vi.fn((_query: unknown, _context: unknown): Observable<Chunk> => concat(of<Chunk[]>(sources, text('one ')), rest$))
  const asked = handlerOf({ answer, ...options })
  const server = await serve(asked, { port: 0 })
  serving.push(server)
  const release = () => {
    for (const chunk of [text('two'), usage(call(5, 2)), finish()]) rest$.next(chunk)
    rest$.complete()
  }
  return { asked, answer, release, url: server.url, client: new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'none' }) }
}

/** Reads pieces; lets the model go on only when the first has been seen. */
async function piecesOf(pieces: AsyncIterable<string>, release: () => void): Promise<string[]> {
  const seen: string[] = []
  for await (const piece of pieces) {
    if (piece === '') continue
    if (seen.length === 0) release()
    seen.push(piece)
  }
  return seen
}

describe('chat completions', () => {
  it('stream to the official SDK, with sources first and usage last', async () => {
    const { client, release, answer } = await held()
    const stream = await client.chat.completions.create({
      model: 'any', stream: true, stream_options: { include_usage: true }, temperature: 0, max_completion_tokens: 9,
      messages: [{ role: 'user', content: 'Before' }, { role: 'assistant', content: 'Yes' }, { role: 'user', content: [{ type: 'text', text: 'What?' }] }],
    })
    const chunks: OpenAI.ChatCompletionChunk[] = []
    for await (const chunk of stream) {
      if (chunk.choices[0]?.delta.content === 'one ') release()
      chunks.push(chunk)
    }
    expect(chunks[0]).toMatchObject({ object: 'chat.completion.chunk', model: 'riffle', choices: [{ delta: { role: 'assistant' } }], riffle: { sources: sources.passages } })
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe('one two')
    expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe('stop')
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 } })
    const history = [{ role: 'user', content: 'Before' }, { role: 'assistant', content: 'Yes' }]
    expect(answer).toHaveBeenCalledWith({ question: 'What?', history, temperature: 0, maxOutputTokens: 9 }, expect.anything())
  })

  it('come whole to the official SDK, also when the answer started again', async () => {
    const { client } = await held({ answer: () => of(text('bad'), reset, text('good'), usage(call(5, 2)), finish('length')) })
    const completion = await client.chat.completions.create({ model: 'any', messages })
    expect(completion).toMatchObject({ object: 'chat.completion', choices: [{ message: { content: 'good' }, finish_reason: 'length' }], usage: { total_tokens: 7 } })
    expect((await client.models.list()).data.map(({ id }) => id)).toEqual(['riffle'])
  })

  it('stop at once when the client leaves', async () => {
    const { client, asked } = await held({ graceMs: 60_000, answer: (_, { stop }) => concat(of(text('one')), NEVER).pipe(takeUntil(stop)) })
    const stream = await client.chat.completions.create({ model: 'any', stream: true, messages })
    const left = vi.spyOn(stream.controller, 'abort')
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content === 'one') break
    expect(left).toHaveBeenCalled()
    await vi.waitFor(() => expect(asked.stats().running).toBe(0), 5000)
  })

  it('say errors in OpenAI’s shape: with a status before text, in the stream after it, by a break when text is void', async () => {
    const error = throwError(() => new RagError('quota', 'No money left'))
    const asking = async (chunks: Observable<Chunk>, stream: boolean) => handlerOf({ answer: () => chunks }).fetch(post('/v1/chat/completions', { messages, stream }))
    for (const stream of [true, false]) {
      const early = await asking(error, stream)
      expect([early.status, await early.json()]).toEqual([502, { error: { message: 'No money left', type: 'server_error', param: null, code: 'quota' } }])
    }
    const long = await asking(throwError(() => new RagError('question-too-long', 'Too long')), true)
    expect([long.status, await long.json()]).toEqual([400, { error: { message: 'Too long', type: 'invalid_request_error', param: null, code: 'context_length_exceeded' } }])
    const late = await (await asking(concat(of(text('a')), error), true)).text()
    expect(late).toContain('data: {"error":{"message":"No money left"')
    expect(late).not.toContain('[DONE]')
    await expect((async () => (await asking(of(text('a'), reset, text('b'), finish()), true)).text())()).rejects.toThrow('broke off')
  })

  it.each([
    [{ messages, n: 2 }, 'unsupported'],
    [{ messages, tools: [{ type: 'function' }] }, 'unsupported'],
    [{ messages: [] }, 'bad-request'],
    [{ messages: [{ role: 'assistant', content: 'a' }] }, 'bad-request'],
    [{ messages: [{ role: 'user', content: [{ type: 'image_url' }] }] }, 'unsupported'],
    [{ messages, temperature: 9 }, 'bad-request'],
  ])('refuse %j', async (body, code) => {
    const response = await handlerOf().fetch(post('/v1/chat/completions', body))
    expect([response.status, await response.json()]).toMatchObject([400, { error: { type: 'invalid_request_error', param: null, code } }])
  })

  it('stream to LangChain', async () => {
    const { url, release } = await held()
    const model = new ChatOpenAI({ model: 'riffle', apiKey: 'none', configuration: { baseURL: `${url}/v1` } })
    const stream = await model.stream('What?')
    const texts = async function* () { for await (const chunk of stream) yield chunk.text }
    expect(await piecesOf(texts(), release)).toEqual(['one ', 'two'])
  })

  it('stream to the AI SDK by a base URL', async () => {
    const { url, release } = await held()
    const { textStream } = streamText({ model: createOpenAICompatible({ name: 'riffle', baseURL: `${url}/v1` })('riffle'), prompt: 'What?' })
    expect(await piecesOf(textStream, release)).toEqual(['one ', 'two'])
  })
})

describe('the UI message stream', () => {
  const ask = async (url: string) => new DefaultChatTransport<UIMessage>({ api: `${url}/api/chat` }).sendMessages({
    chatId: '1', messageId: undefined, trigger: 'submit-message', abortSignal: undefined, messages: [{ id: '1', role: 'user', parts: [{ type: 'text', text: 'What?' }] }],
  })

  it('is read by the AI SDK’s own transport, with sources', async () => {
    const { url, release } = await held()
    const seen: string[] = []
    let last: UIMessage | undefined
    for await (const message of readUIMessageStream({ stream: await ask(url) })) {
      const said = message.parts.map((part) => (part.type === 'text' ? part.text : '')).join('')
      if (said === 'one ' && !seen.includes(said)) release()
      seen.push(said)
      last = message
    }
    expect(seen).toContain('one ')
    expect(seen.at(-1)).toBe('one two')
    expect(last?.parts.map(({ type }) => type)).toEqual(['source-document', 'step-start', 'text'])
  })

  it('takes back what was void, and tells errors and stops', async () => {
    const { url } = await held({ answer: () => of<Chunk[]>({ type: 'reasoning', text: 'hm' }, text('bad'), reset, text('good'), finish()) })
    let last: UIMessage | undefined
    for await (const message of readUIMessageStream({ stream: await ask(url) })) last = message
    expect(last?.parts.filter(({ type }) => type !== 'step-start')).toMatchObject([{ type: 'text', text: 'good', state: 'done' }])
    const told = async (chunks: Observable<Chunk>) => (await handlerOf({ answer: () => chunks }).fetch(post('/api/chat', { messages }))).text()
    expect(await told(concat(of(text('a')), throwError(() => new RagError('quota', 'No money left'))))).toContain('{"type":"error","errorText":"No money left"}')
    expect(await told(of(text('a'), finish('stopped')))).toMatch(/\{"type":"abort"\}\n\ndata: \[DONE\]\n\n$/)
  })
})

describe('the plain dialects', () => {
  it.each([
    ['/stream-question/?query_text=What%3F', '*/*'],
    ['/v1/answers?question=What%3F', 'text/event-stream'],
    ['/v1/answers?question=What%3F', 'application/x-ndjson'],
  ])('stream to curl: %s as %s', async (path, accept) => {
    const { url, release } = await held()
    const curl = spawn('curl', ['-sN', '-H', `accept: ${accept}`, url + path], { stdio: ['ignore', 'pipe', 'inherit'] })
    let seen = ''
    let before: string | undefined
    for await (const piece of curl.stdout) {
      seen += String(piece)
      if (before !== undefined || !seen.includes('one ')) continue
      before = seen
      release()
    }
    expect(before).not.toContain('two')
    expect(seen.slice(before?.length)).toContain('two')
  })
})
