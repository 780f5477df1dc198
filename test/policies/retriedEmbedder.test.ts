import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { defer, firstValueFrom, of, throwError } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { ProviderError } from '../../src/errors.ts'
import { batched } from '../../src/models/batched.ts'
import { openaiEmbedder } from '../../src/models/openaiEmbedder.ts'
import { retriedEmbedder } from '../../src/policies/retriedEmbedder.ts'
import type { Embedder } from '../../src/types/ports.ts'

/** Fails as told for each request; what was sent is recorded. */
function scripted(fail: (texts: readonly string[], request: number) => unknown) {
  const sent: (readonly string[])[] = []
  const embedder = {
    id: 'scripted',
    dimensions: 1,
    embed: (texts: readonly string[]) =>
      defer(() => {
        sent.push(texts)
        const error = fail(texts, sent.length)
        return error === undefined ? of(texts.map((text) => Float32Array.of(Number(text)))) : throwError(() => error)
      }),
  } as Embedder
  return { embedder, sent }
}

const status = (code: number, message = 'no') => new ProviderError('http', message, { status: code })
const numbers = async (embedder: Embedder, texts: readonly string[]) => (await firstValueFrom(embedder.embed(texts))).map(([value]) => value)
const atOnce = { random: () => 0 }

describe('retriedEmbedder', () => {
  it.each([429, 500, 503])('sends the same texts again after %i', async (code) => {
    const { embedder, sent } = scripted((_, request) => (request < 3 ? status(code) : undefined))
    expect(await numbers(retriedEmbedder(embedder, atOnce), ['1', '2'])).toEqual([1, 2])
    expect(sent).toEqual([['1', '2'], ['1', '2'], ['1', '2']])
  })

  it('fails with the last error after maxRetries', async () => {
    const { embedder, sent } = scripted((_, request) => status(503, `failure ${request}`))
    await expect(numbers(retriedEmbedder(embedder, { ...atOnce, maxRetries: 2 }), ['1'])).rejects.toThrow('failure 3')
    expect(sent).toHaveLength(3)
  })

  it.each([400, 401])('does not repeat %i', async (code) => {
    const { embedder, sent } = scripted(() => status(code, 'wrong key'))
    await expect(numbers(retriedEmbedder(embedder, atOnce), ['1', '2'])).rejects.toThrow('wrong key')
    expect(sent).toHaveLength(1)
  })

  it.each([-1, 1.5, Number.NaN])('refuses maxRetries %d at the call', (maxRetries) => {
    expect(() => retriedEmbedder(scripted(() => undefined).embedder, { maxRetries })).toThrow('maxRetries')
  })
})

describe('retriedEmbedder over HTTP, in batched', () => {
  it('repeats, and halves what a server refuses', async () => {
    const sizes: number[] = []
    const server = createServer((request, response) => {
      void text(request).then((body) => {
        const { input } = JSON.parse(body) as { input: string[] }
        sizes.push(input.length)
        if (sizes.length === 1) return response.writeHead(503).end()
        if (input.length > 1) {
          const message = 'Requested 300001 tokens, max 300000 tokens per request'
          return response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ error: { message, type: 'invalid_request_error' } }))
        }
        const data = input.map((value, index) => ({ index, embedding: [Number(value)] }))
        return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ data }))
      })
    })
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
    try {
      const { port } = server.address() as AddressInfo
      const embedder = openaiEmbedder({ model: 'm', apiKey: 'k', baseUrl: `http://127.0.0.1:${port}/v1` })
      expect(await numbers(batched(retriedEmbedder(embedder, atOnce)), ['1', '2'])).toEqual([1, 2])
      expect(sizes).toEqual([2, 2, 1, 1])
    } finally {
      server.close()
      server.closeAllConnections()
    }
  })
})
