import type { Socket } from 'node:net'
import { of } from 'rxjs'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { HandlerOptions } from '../../../src/server/options.ts'
import { type ServeOptions, type Serving, serve } from '../../../src/server/serve.ts'
import { finish, text } from '../../support/chunks.ts'
import { rawHttp } from '../../support/rawHttp.ts'
import { handlerOf } from '../asking.ts'
import { allowedHosts, refusedHosts } from './hosts.ts'

let open: Serving[] = []
afterEach(async () => {
  await Promise.all(open.map(({ close }) => close()))
  open = []
})

async function started(options: Partial<HandlerOptions> = {}, limits: ServeOptions = {}) {
  const served = handlerOf({ hosts: ['rag.example.com'], ...options })
  const serving = await serve(served, { port: 0, closeMs: 100, ...limits })
  open.push(serving)
  return { served, serving, port: Number(new URL(serving.url).port) }
}

const request = (host: string, more = '') => `GET /healthz HTTP/1.1\r\nhost: ${host}\r\n${more}connection: close\r\n\r\n`
const statusOf = (said: string) => Number(/^HTTP\/1\.1 (\d+)/.exec(said)?.[1])

describe('checks the Host of real requests', () => {
  it('allows its own names', async () => {
    const { port } = await started()
    const statuses = await Promise.all(allowedHosts.map(async (host) => statusOf(await rawHttp(port, request(host)))))
    expect(statuses).toEqual(allowedHosts.map(() => 200))
  })

  it('refuses more than forty others, several, none, an empty one, and that of an absolute address', async () => {
    expect(refusedHosts.length).toBeGreaterThanOrEqual(40)
    const { port } = await started()
    const requests = [...refusedHosts.map((host) => request(host)), request('localhost', 'host: evil.example\r\n'), request('localhost', 'Host: localhost\r\n'), request(''), 'GET /healthz HTTP/1.1\r\nconnection: close\r\n\r\n', 'GET /healthz HTTP/1.0\r\n\r\n']
    for (const one of requests) expect([one, [400, 403].includes(statusOf(await rawHttp(port, one)))]).toEqual([one, true])
    expect(statusOf(await rawHttp(port, 'GET http://evil.example/healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n'))).toBe(404)
  })
})

describe('ends a request that comes too slowly', () => {
  it.each([
    ['its headers', 'GET /healthz HTTP/1.1\r\nhost: localhost\r\nx-slow: '],
    ['its body', 'POST /v1/answers HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{'],
  ])('%s', async (_, begin) => {
    const { port, served } = await started({}, { headersMs: 100, requestMs: 150 })
    let dripping: NodeJS.Timeout | undefined
    const said = await rawHttp(port, begin, (socket) => (dripping = setInterval(() => socket.write(' '), 20)))
    clearInterval(dripping)
    expect(statusOf(said)).toBe(408)
    expect(served.stats().running).toBe(0)
  })
})

describe('takes no more connections than it may', () => {
  it('and takes others when some have gone', async () => {
    const { port, serving } = await started({}, { maxConnections: 3 })
    const sockets: Socket[] = []
    const waiting = Array.from({ length: 3 }, () => rawHttp(port, '', (socket) => sockets.push(socket)))
    await vi.waitFor(async () => expect(await new Promise((resolve) => serving.server.getConnections((__, count) => resolve(count)))).toBe(3))
    expect(await rawHttp(port, request('localhost'))).toBe('')
    for (const socket of sockets) socket.destroy()
    await Promise.all(waiting)
    await vi.waitFor(async () => expect(statusOf(await rawHttp(port, request('localhost')))).toBe(200))
  })
})

describe('refuses headers that are too large', () => {
  it('and lines that are none', async () => {
    const { port } = await started()
    expect(statusOf(await rawHttp(port, request('localhost', `x: ${'a'.repeat(20_000)}\r\n`)))).toBe(431)
    expect(statusOf(await rawHttp(port, `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nhost: localhost\r\n\r\n`))).toBe(431)
    for (const bad of ['x-request-id: a\nb: c\r\n', 'x request: a\r\n', 'x: \0\r\n', 'content-length: 1\r\ntransfer-encoding: chunked\r\n']) {
      const said = await rawHttp(port, request('localhost', bad))
      expect(said).not.toContain('\nb: c')
      expect(statusOf(said)).toBe(400)
    }
  })
})

describe('stops reading a body that is too large', () => {
  it('of which no length was said, long before its end', async () => {
    const { port } = await started({ maxBodyBytes: 10_000 })
    let sent = 0
    const piece = `1000\r\n${'a'.repeat(4096)}\r\n`
    let writing: NodeJS.Timeout | undefined
    const said = await rawHttp(port, 'POST /v1/answers HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n', (socket) => {
      writing = setInterval(() => {
        if (socket.writable) sent += socket.write(piece) ? piece.length : 0
      }, 1)
      socket.on('data', () => socket.destroy())
    })
    clearInterval(writing)
    expect(statusOf(said)).toBe(413)
    expect(sent).toBeLessThan(10_000_000)
  })
})

describe('cuts a client that never reads', () => {
  it('and counts it; others get all', async () => {
    const long = Array.from({ length: 1000 }, () => text('x'.repeat(8000)))
    const { port, served, serving } = await started({ stallMs: 1000, keepMs: 0, maxLogBytes: 64 * 1_048_576, answer: () => of(...long, finish()) })
    const sockets: Socket[] = []
    const ask = 'GET /v1/answers?question=a HTTP/1.1\r\nhost: localhost\r\n\r\n'
    const stalled = rawHttp(port, ask, (socket) => {
      socket.pause()
      sockets.push(socket)
    })
    await vi.waitFor(() => expect(served.stats()).toMatchObject({ cutViewers: 1, viewers: 0 }), { timeout: 20_000 })
    expect(await (await fetch(`${serving.url}/v1/answers?question=a`)).text()).toContain('"type":"done"')
    for (const socket of sockets) socket.destroy()
    await stalled
    expect(await (await fetch(`${serving.url}/metrics`)).text()).toContain('riffle_viewers_cut_total 1\n')
  })
})
