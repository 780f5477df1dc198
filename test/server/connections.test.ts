import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { NEVER, concat, of } from 'rxjs'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { HandlerOptions } from '../../src/server/options.ts'
import { type Serving, serve } from '../../src/server/serve.ts'
import { text } from '../support/chunks.ts'
import { rawHttp } from '../support/rawHttp.ts'
import { get, handlerOf, words } from './asking.ts'

const serving: Serving[] = []
afterEach(async () => {
  await Promise.all(serving.splice(0).map(async ({ close }) => close()))
})

async function started(options: Partial<HandlerOptions> = {}) {
  const served = handlerOf(options)
  const server = await serve(served, { port: 0, closeMs: 100 })
  serving.push(server)
  return { served, port: Number(new URL(server.url).port) }
}

const ask = (question: string, more = '') => `GET /stream-question?query_text=${question} HTTP/1.1\r\nhost: localhost\r\n${more}\r\n`

describe('a connection', () => {
  it('answers requests that came together one after another, each whole', async () => {
    const { port } = await started({ answer: ({ question }, { stop }) => concat(of(text(`${question}: `)), words(3, question === 'slow' ? 10 : 1, stop)) })
    const said = await rawHttp(port, ask('slow') + ask('fast') + ask('last', 'connection: close\r\n'))
    const bodies = said.split('HTTP/1.1 200 OK').slice(1).map((response) => [...response.matchAll(/(\w+: |word\d )/g)].map(([word]) => word).filter((word) => /^(slow|fast|last|word)/.test(word)).join(''))
    expect(bodies).toEqual(['slow', 'fast', 'last'].map((question) => `${question}: word0 word1 word2 `))
  })

  it('gets 100 Continue before it sends its body', async () => {
    const { port } = await started()
    const body = '{"question":"a"}'
    const head = `POST /v1/answers HTTP/1.1\r\nhost: localhost\r\naccept: text/plain\r\nconnection: close\r\nexpect: 100-continue\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`
    const said = await rawHttp(port, head, (socket) => socket.once('data', () => socket.write(body)))
    expect(said).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK/)
    expect(said).toContain('word4')
  })

  it('has no body in its reply to HEAD, and starts nothing', async () => {
    const { port, served } = await started()
    const said = await rawHttp(port, ask('a', 'connection: close\r\n').replace('GET', 'HEAD'))
    expect(said).toMatch(/^HTTP\/1\.1 405 [\s\S]*allow: GET[\s\S]*\r\n\r\n$/i)
    expect(served.stats().kept).toBe(0)
  })

  // Node 22 asks nobody whether a connection may change.
  it.skipIf(process.versions.node.startsWith('22.'))('is answered as it is when it offers to become HTTP/2', async () => {
    const { port } = await started()
    expect(await rawHttp(port, 'GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: Upgrade, HTTP2-Settings, close\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 /)
  })
})

describe('a client that left', () => {
  it('before its reply began is no viewer: the run is stopped', async () => {
    const served = handlerOf({ graceMs: 0, answer: () => concat(of(text('a')), NEVER) })
    const request = Object.assign(new IncomingMessage(new Socket()), { method: 'GET', url: '/v1/answers?question=a', headers: { host: 'localhost' } })
    request.headersDistinct['host'] = ['localhost']
    const response = new ServerResponse(request)
    response.destroy()
    served.node(request, response)
    await vi.waitFor(() => expect(served.stats()).toMatchObject({ viewers: 0, kept: 1 }), 5000)
    await served.close()
  })

  it.each(['before', 'after'])('%s it was asked for: the promise of its response ends all the same', async (when) => {
    const served = handlerOf({ graceMs: 0, answer: () => NEVER })
    const leave = new AbortController()
    if (when === 'before') leave.abort()
    const response = served.fetch(new Request(get('/stream-question?query_text=a'), { signal: leave.signal }))
    setTimeout(() => leave.abort(), 5)
    expect((await response).status).toBe(499)
    await vi.waitFor(() => expect(served.stats()).toMatchObject({ viewers: 0 }))
    await served.close()
  })
})
