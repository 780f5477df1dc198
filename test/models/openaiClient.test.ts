import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { OpenAI } from 'openai'
import { lastValueFrom } from 'rxjs'
import { afterEach, describe, expect, it } from 'vitest'
import { type OpenAIOptions, openai, openaiEmbedder } from '../../src/openai.ts'
import type { CompletionRequest } from '../../src/types/completion.ts'

interface Sent {
  /** Method, address and headers, in the order and the case of the wire; without the length of the body. */
  readonly head: readonly (string | undefined)[]
  readonly body: string
}

let server: Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

/** Answers everything with an empty answer and keeps what came. */
async function listen(): Promise<{ readonly url: string; readonly sent: Sent[] }> {
  const sent: Sent[] = []
  server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => (body += text))
    request.on('end', () => {
      const { method, url, rawHeaders } = request
      const lengthAt = rawHeaders.findIndex((name) => name.toLowerCase() === 'content-length')
      sent.push({ head: [method, url, ...rawHeaders.toSpliced(lengthAt, 2)], body })
      response.setHeader('content-type', 'application/json')
      response.end('{"choices":[{"message":{"content":"ok"},"finish_reason":"stop"}],"data":[{"index":0,"embedding":[1]}]}')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/v1`, sent }
}

const requests: CompletionRequest[] = [
  { messages: [{ role: 'user', content: 'How are you?' }] },
  { messages: [{ role: 'system', content: 'Be brief.\n"Quite" – 世界 \uD83D\uDE00' }, { role: 'user', content: '' }], temperature: 0, maxOutputTokens: 9 },
  { messages: [], streaming: false },
]

describe('later requests', () => {
  it.each<[string, Partial<OpenAIOptions>, string]>([
    ['without a key', {}, ''],
    ['with a key, organization and project', { apiKey: 'sk-0123456789', organization: 'o', project: 'p' }, '/'],
    ['with headers and parameters of the address', { headers: { 'api-key': 'k-0123456789', 'X-Title': 'a title' }, parameters: { seed: 1 } }, '?api-version=preview&x=%20'],
  ])('%s are on the wire as the first one, but for the body', async (_, options, end) => {
    const { url, sent } = await listen()
    const model = openai({ model: 'm', baseUrl: url + end, ...options })
    for (const request of requests) await lastValueFrom(model.stream(request))
    // A first request of its own for each, which the SDK builds.
    for (const request of requests) await lastValueFrom(openai({ model: 'm', baseUrl: url + end, ...options }).stream(request))

    expect(sent).toHaveLength(6)
    for (const { head } of sent) expect(head).toEqual(sent[0]?.head)
    expect(sent.slice(0, 3)).toEqual(sent.slice(3))
    expect(new Set(sent.map(({ body }) => body)).size).toBe(3)
  })

  it('have the bodies that the SDK would write', async () => {
    const { url, sent } = await listen()
    const written: unknown[] = []
    const sdk = new OpenAI({
      apiKey: 'none', baseURL: url, maxRetries: 0,
      fetch: async (_, init) => {
        written.push(init?.body)
        return new Response('{}', { headers: { 'content-type': 'application/json' } })
      },
    })
    const model = openai({ model: 'm', baseUrl: url })
    const embedder = openaiEmbedder({ model: 'm', baseUrl: url })
    for (const request of requests) await lastValueFrom(model.stream(request))
    for (const text of ['a', '世界\n']) await lastValueFrom(embedder.embed([text]))
    for (const { body } of sent.slice(0, 3)) await sdk.chat.completions.create(JSON.parse(body) as OpenAI.ChatCompletionCreateParams)
    for (const { body } of sent.slice(3)) await sdk.embeddings.create(JSON.parse(body) as OpenAI.EmbeddingCreateParams)

    expect(sent.map(({ body }) => body)).toEqual(written)
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
    for (const { head } of sent) expect(head).toEqual(sent[0]?.head)
  })
})
