import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { OpenAI } from 'openai'
import { lastValueFrom } from 'rxjs'
import { afterEach, describe, expect, it } from 'vitest'
import { type OpenAIOptions, openai, openaiEmbedder } from '../../src/openai.ts'
import type { CompletionRequest } from '../../src/types/completion.ts'

interface Sent {
  readonly method: string | undefined
  readonly url: string
  /** But for what the transport adds, and what the sender tells of itself. */
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
}

const untold = /^(host|connection|content-length|user-agent|x-stainless-.*)$/
const told = (headers: object) => Object.fromEntries(Object.entries(headers).filter(([name]) => !untold.test(name)))

let server: Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

/** Answers everything with an empty answer and keeps what came. */
async function listen(): Promise<{ readonly url: string; readonly sent: Sent[] }> {
  const sent: Sent[] = []
  let origin = ''
  server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => (body += text))
    request.on('end', () => {
      const { method, url = '', headers } = request
      sent.push({ method, url: origin + url, headers: told(headers), body })
      response.setHeader('content-type', 'application/json')
      response.end('{"choices":[{"message":{"content":"ok"},"finish_reason":"stop"}],"data":[{"index":0,"embedding":[1]}]}')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  return { url: `${origin}/v1`, sent }
}

const requests: CompletionRequest[] = [
  { messages: [{ role: 'user', content: 'How are you?' }] },
  { messages: [{ role: 'system', content: 'Be brief.\n"Quite" – 世界 \uD83D\uDE00' }, { role: 'user', content: '' }], temperature: 0, maxOutputTokens: 9 },
  { messages: [], streaming: false },
]

/** An SDK with these options, and what it would send. */
function sdkOf({ baseUrl = '', apiKey, headers, organization, project }: OpenAIOptions) {
  const sent: Sent[] = []
  const sdk = new OpenAI({
    baseURL: baseUrl, apiKey: apiKey ?? 'none', organization, project, maxRetries: 0,
    defaultHeaders: { ...(apiKey === undefined && { authorization: null }), ...headers },
    fetch: async (input, init = {}) => {
      sent.push({ method: init.method, url: input instanceof Request ? input.url : String(input), headers: told(Object.fromEntries(new Headers(init.headers))), body: init.body as string })
      return new Response('{}', { headers: { 'content-type': 'application/json' } })
    },
  })
  return { sdk, sent }
}

describe('requests', () => {
  it.each<[string, Partial<OpenAIOptions>, string]>([
    ['without a key', {}, ''],
    ['with a key, organization and project', { apiKey: 'sk-0123456789', organization: 'o', project: 'p' }, '/'],
    ['with headers and parameters of the address', { headers: { 'api-key': 'k-0123456789', 'X-Title': 'a title' }, parameters: { seed: 1 } }, '?api-version=preview&x=%20'],
    ['with headers that take the place of others', { apiKey: 'sk-0123456789', headers: { Authorization: 'Basic abc', ACCEPT: '*/*', 'Content-Type': 'text/plain', 'x-a': ' spaced\n' } }, ''],
    ['to an address of several parts', { apiKey: 'sk-0123456789' }, '/openai%20x/deployments/m/'],
  ])('%s are those that the SDK sends', async (_, more, end) => {
    const { url, sent } = await listen()
    const options = { model: 'm', baseUrl: url + end, ...more }
    const [model, embedder] = [openai(options), openaiEmbedder(options)]
    for (const request of requests) await lastValueFrom(model.stream(request))
    for (const text of ['a', '世界\n']) await lastValueFrom(embedder.embed([text]))

    const { sdk, sent: expected } = sdkOf(options)
    for (const { body } of sent.slice(0, 3)) await sdk.chat.completions.create(JSON.parse(body) as OpenAI.ChatCompletionCreateParams)
    for (const { body } of sent.slice(3)) await sdk.embeddings.create(JSON.parse(body) as OpenAI.EmbeddingCreateParams)
    expect(sent).toEqual(expected)
    expect(new Set(sent.map(({ body }) => body)).size).toBe(5)
  })

  it.each([
    ['x y', 'k-0123456789'],
    ['', 'k-0123456789'],
    ['x-a', 'one\r\nx-b: two'],
    ['x-a', '世界'],
  ])('with the header %j: %j are refused at the call, and the value is not told', (name, value) => {
    expect(() => openai({ model: 'm', baseUrl: 'http://127.0.0.1:1/v1', headers: { [name]: value } })).toThrow(/^Expected .*header/)
    expect(() => openai({ model: 'm', baseUrl: 'http://127.0.0.1:1/v1', headers: { [name]: value } })).not.toThrow(value)
  })

  it('go out when the body of the first could not be written', async () => {
    const { url, sent } = await listen()
    const parameters: Record<string, unknown> = { seed: 1n }
    const model = openai({ model: 'm', baseUrl: url, parameters })
    await expect(lastValueFrom(model.stream(requests[0]!))).rejects.toMatchObject({ code: 'request-failed' })
    parameters['seed'] = 1
    await lastValueFrom(model.stream(requests[0]!))

    expect(sent).toHaveLength(1)
  })

  it('go out together when all of them are first', async () => {
    const { url, sent } = await listen()
    const model = openai({ model: 'm', baseUrl: url })
    await Promise.all(Array.from({ length: 20 }, (_, index) => lastValueFrom(model.stream({ messages: [{ role: 'user', content: `${index}` }] }))))

    expect(new Set(sent.map(({ body }) => body)).size).toBe(20)
    for (const { headers } of sent) expect(headers).toEqual(sent[0]?.headers)
  })
})
