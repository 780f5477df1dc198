import type { ChildProcess } from 'node:child_process'
import { type Observable, of } from 'rxjs'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { openai } from '../../src/models/openaiModel.ts'
import { answer } from '../../src/pipelines/answer.ts'
import type { HandlerOptions } from '../../src/server/options.ts'
import { type Serving, serve } from '../../src/server/serve.ts'
import { memoryStore } from '../../src/stores/memoryStore.ts'
import type { Chunk } from '../../src/types/chunk.ts'
import { finish, text } from '../support/chunks.ts'
import { scoredPassage } from '../support/passage.ts'
import { rawHttp } from '../support/rawHttp.ts'
import { buildCommand, runRiffle } from '../support/runRiffle.ts'
import { eventsIn, get, handlerOf, post } from './asking.ts'

// What clients send by mistake or on purpose, byte by byte where a client library would not send it.

beforeAll(buildCommand)

const serving: Serving[] = []
afterEach(async () => {
  await Promise.all(serving.splice(0).map(async ({ close }) => close()))
})

/** The answer is the question. */
const echo = (query: { readonly question: string }): Observable<Chunk> => of(text(JSON.stringify(query)), finish())

async function started(options: Partial<HandlerOptions> = {}) {
  const asked = vi.fn(echo)
  const served = handlerOf({ answer: asked, ...options })
  const server = await serve(served, { port: 0, closeMs: 100 })
  serving.push(server)
  return { asked, served, url: server.url, port: Number(new URL(server.url).port) }
}

const line = (first: string, more = '', version = '1.1') => `${first} HTTP/${version}\r\nhost: localhost\r\n${more}connection: close\r\n\r\n`
const statusOf = (said: string) => Number(/^HTTP\/1\.1 (\d+)/.exec(said)?.[1])

describe('a query that is odd', () => {
  it.each(['0', '-1', '1e9', 'NaN', 'Infinity', '', '%20', '1.5', '3a', '0x3', '101'])('gets 400 for top_k=%s, and nothing is asked', async (topK) => {
    const { asked, port } = await started()
    const said = await rawHttp(port, line(`GET /stream-question?query_text=a&top_k=${topK}`))
    expect(statusOf(said)).toBe(400)
    expect(said).toContain('Expected top_k to be a whole number from 1 to 100')
    expect(asked).not.toHaveBeenCalled()
  })

  it.each(['', '?query_text=', '?query_text=%20%0a%09', '?question', '?query=a'])('gets 400 without a question: %s', async (query) => {
    const response = await handlerOf().fetch(get(`/stream-question${query}`))
    expect([response.status, await response.json()]).toMatchObject([400, { error: { message: 'Expected a question: the field question' } }])
  })

  it.each([
    ['the last of several', 'query_text=a&query_text=b', 'b'],
    ['with NUL', 'query_text=a%00b', 'a\0b'],
    ['of bytes that are no text', 'query_text=%ff%c0', '\ufffd\ufffd'],
    ['of broken escapes', 'query_text=%zz', '%zz'],
  ])('is asked %s', async (_, query, question) => {
    const { port } = await started()
    expect(await rawHttp(port, line(`GET /stream-question?${query}`, '', '1.0'))).toContain(JSON.stringify({ question }))
  })

  it('is told that there are no modes, where there are none', async () => {
    const said = async (modes: readonly string[]) => ((await (await handlerOf({ modes }).fetch(get('/stream-question?query_text=a&mode=b'))).json()) as { error: { message: string } }).error.message
    expect([await said([]), await said(['refine', 'compact'])]).toEqual(['Expected no mode: this server has one way to answer', 'Expected mode to be one of refine, compact'])
  })

  it('may say null for what it leaves out', async () => {
    const response = await handlerOf({ answer: echo }).fetch(post('/v1/answers', { question: 'a', history: null, top_k: null, temperature: null, max_output_tokens: null, mode: null }, { accept: 'text/plain' }))
    expect(await response.text()).toBe('{"question":"a"}')
  })
})

describe('a request that is odd', () => {
  it.each([
    ['without a host', 'GET /healthz HTTP/1.1\r\nconnection: close\r\n\r\n', 400],
    ['without a host, of HTTP/1.0', 'GET /healthz HTTP/1.0\r\n\r\n', 403],
    ['with NUL in its address', line('GET /stream-question?query_text=a\0b'), 400],
    ['with letters in its address that are not escaped', line('GET /stream-question?query_text=ü'), 400],
    ['of TLS', '\x16\x03\x01\x02\0\x01', 400],
    ['of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    ['of a method that is none', line('BREW /healthz'), 400],
    ['with a body that is shorter than it says', 'POST /v1/answers HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{"que', 400],
    ['without its body', line('POST /v1/answers', 'content-type: application/json\r\n'), 400],
    ['with a compressed body', line('POST /v1/answers', 'content-type: application/json\r\ncontent-encoding: gzip\r\ncontent-length: 0\r\n'), 415],
    ['that expects what there is not', line('POST /v1/answers', 'expect: 200-maybe\r\ncontent-length: 0\r\n'), 417],
    ['HEAD, of what watches over it', line('HEAD /healthz'), 200],
    ['HEAD, of an answer', line('HEAD /stream-question?query_text=a'), 405],
    ['TRACE', line('TRACE /v1/answers'), 405],
    ['for another protocol', 'GET /v1/answers/socket HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n', 400],
  ])('%s', async (_, request, status) => {
    const { asked, port } = await started()
    // Ends its side: a server that waits for more would wait for ever.
    expect(statusOf(await rawHttp(port, request, (socket) => socket.end()))).toBe(status)
    expect(asked).not.toHaveBeenCalled()
  })

  it.each(['1.0', '1.1'])('gets the whole answer, and its end, by HTTP/%s', async (version) => {
    const { port } = await started()
    const said = await rawHttp(port, line('GET /v1/answers?question=a', '', version))
    expect(said).toContain('"type":"done"')
    expect(said.includes('transfer-encoding: chunked') || said.includes('Transfer-Encoding: chunked')).toBe(version === '1.1')
  })
})

describe('a message on the socket that is odd', () => {
  it.each([
    ['deep', `{"type":"ask","question":"a","more":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, 'too-deep'],
    ['no JSON', '{"type":', 'bad-json'],
    ['bytes', Buffer.from([0xff, 0]), 'bad-json'],
    ['a list', '[]', 'bad-json'],
    ['nothing', 'null', 'bad-json'],
    ['a question that is too long', JSON.stringify({ type: 'ask', question: 'a'.repeat(40_000) }), 'too-large'],
    ['top_k', '{"type":"ask","question":"a","top_k":0}', 'bad-request'],
    ['an inherited question', '{"type":"ask","__proto__":{"question":"a"}}', 'bad-request'],
  ])('is refused: %s', async (_, message, code) => {
    const { asked, url } = await started()
    const client = new WebSocket(`${url.replace('http', 'ws')}/v1/answers/socket`)
    const said = new Promise<string>((resolve) => client.once('message', (data: Buffer) => resolve(data.toString('utf8'))))
    client.once('open', () => client.send(message))
    expect(JSON.parse(await said)).toMatchObject({ type: 'refused', error: { code } })
    expect(asked).not.toHaveBeenCalled()
    client.terminate()
  })
})

describe('what a client is not told', () => {
  it('is where a document lies on this machine; an address on the web is', async () => {
    const passages = ['file:///home/someone/secret/a.md', 'https://example.com/b', undefined].map((uri) => ({ ...scoredPassage('a'), ...(uri !== undefined && { uri }) }))
    const served = handlerOf({ answer: () => of<Chunk[]>({ type: 'sources', passages }, text('a'), finish()) })
    const bodies = await Promise.all([get('/v1/answers?question=a'), post('/v1/chat/completions', { messages: [{ role: 'user', content: 'a' }] }), post('/api/chat', { messages: [{ role: 'user', content: 'a' }] })].map(async (request) => (await served.fetch(request)).text()))
    expect(bodies.join('')).not.toContain('someone')
    expect(bodies[0]).toContain('https://example.com/b')
  })
})

describe('a model that is killed', () => {
  it('fails the answer that is under way, and the next one with a status', async () => {
    let model: ChildProcess | undefined
    let ended: Promise<unknown> | undefined
    const baseUrl = await new Promise<string>((resolve) => {
      ended = runRiffle(['simulate', '--tokens', '100000', '--delay', '5'], { onStart: (child) => (model = child), onOutput: (_, { stdout }) => stdout.includes('\n') && resolve(stdout.trim()) })
    })
    const store = memoryStore()
    const { served, url } = await started({ answer: ({ question }, { stop }) => answer(question, { store, stop, model: openai({ model: 'm', baseUrl }) }) })
    const response = await fetch(`${url}/v1/answers?question=a`)
    let said = ''
    for await (const bytes of response.body!) {
      said += Buffer.from(bytes).toString()
      if (said.includes('event: text')) model?.kill('SIGKILL')
    }
    await ended
    expect(eventsIn(said).slice(-2)).toMatchObject([{ event: 'failed', data: { error: { code: 'truncated' } } }, { event: 'done', data: { reason: 'error' } }])
    const next = await fetch(`${url}/stream-question?query_text=a`)
    expect([next.status, await next.json()]).toMatchObject([502, { error: { code: 'connect' } }])
    expect(served.stats()).toMatchObject({ running: 0, viewers: 0 })
  })
})
