import { createServer, type RequestListener, type Server } from 'node:http'
import { pipeline, Readable } from 'node:stream'
import { Agent, type Dispatcher } from 'undici'
import { afterEach, describe, expect, it } from 'vitest'
import { AwaitedExchange } from '../../src/wire/httpExchange.ts'
import { ConnectionError, sendRequest } from '../../src/wire/sendRequest.ts'
import { responseTo } from './responseTo.ts'
import { until } from './until.ts'

const agent = new Agent()
let server: Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
  server = undefined
})

async function serve(listener: RequestListener): Promise<string> {
  const started = createServer(listener)
  server = started
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve))
  const address = started.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`
}

const requestTo = (url: string) => ({ origin: new URL(url).origin, path: new URL(url).pathname, method: 'POST', headers: {}, body: '{}' })

describe('sendRequest', () => {
  it('tells of the connection, then of the sending, then gives the headers and the body', async () => {
    const url = await serve((_, response) => response.writeHead(201, { 'X-Name': ['a', 'b'] }).end('hello'))
    const told: string[] = []
    class Telling extends AwaitedExchange {
      override onConnected = () => void told.push('connected')
      override onSent = () => void told.push('sent')
    }
    const response = await responseTo(agent, requestTo(url), new Telling())
    expect(told).toEqual(['connected', 'sent'])
    expect(response.status).toBe(201)
    expect(response.headers['x-name']).toBe('a, b')
    expect(Buffer.from((await response.read()) ?? []).toString()).toBe('hello')
    expect(await response.read()).toBeUndefined()
    expect(await response.read()).toBeUndefined()
  })

  it('is taken off its exchange, however the request ends', async () => {
    const url = await serve((request, response) => {
      if (request.url === '/whole') response.end('x')
      else if (request.url === '/broken') response.write('x', () => response.destroy())
      else if (request.url === '/open') response.write('x')
      else response.destroy()
    })
    let exchange = new AwaitedExchange()
    const send = (path: string, to = url) => responseTo(agent, requestTo(to + path), (exchange = new AwaitedExchange()))

    for (let times = 0; times < 20; times++) {
      const whole = await send('whole')
      while (await whole.read());
      expect(exchange.sent).toBeUndefined()
      const broken = await send('broken')
      await broken.read()
      await expect(broken.read()).rejects.toMatchObject({ phase: 'body' })
      expect(exchange.sent).toBeUndefined()
      await expect(send('refused')).rejects.toMatchObject({ phase: 'headers' })
      await expect(send('', 'http://127.0.0.1:1/')).rejects.toMatchObject({ phase: 'connect' })
      expect(exchange.sent).toBeUndefined()
      const open = await send('open')
      expect(exchange.sent).toBeDefined()
      void open.release()
      expect(exchange.sent).toBeUndefined()
    }
    const last = await send('open')
    exchange.drop()
    expect(exchange.sent).toBeUndefined()
    await last.read()
    await expect(last.read()).rejects.toBeInstanceOf(ConnectionError)
    const dropped = new AwaitedExchange()
    dropped.drop()
    await expect(responseTo(agent, requestTo(url), dropped)).rejects.toBeInstanceOf(ConnectionError)
  })

  it('closes the socket when dropped, also while a read is pending', async () => {
    let closed = false
    const url = await serve((request, response) => {
      response.flushHeaders()
      request.socket.on('close', () => (closed = true))
    })
    const exchange = new AwaitedExchange()
    const response = await responseTo(agent, requestTo(url), exchange)
    const reading = response.read()
    exchange.drop()
    await expect(reading).rejects.toBeInstanceOf(ConnectionError)
    await until(() => closed)
  })

  it('reads ahead by no more than it should, and gives up a long rest when released', async () => {
    let written = 0
    let closed = false
    const url = await serve((request, response) => {
      request.socket.on('close', () => (closed = true))
      const endless = new Readable({
        read() {
          written += 65_536
          this.push(Buffer.alloc(65_536))
        },
      })
      pipeline(endless, response, () => undefined)
    })
    const response = await responseTo(agent, requestTo(url))
    const bytes = await response.read()
    expect(bytes?.length).toBeLessThanOrEqual(65_536)
    void response.release()
    await until(() => closed)
    expect(written).toBeLessThan(64 * 1_048_576)
  })

  it('keeps the connection when released before a short rest, though it is dropped then', async () => {
    const sockets = new Set<object>()
    let endFirst: (() => void) | undefined
    const url = await serve((request, response) => {
      sockets.add(request.socket)
      response.write('x')
      endFirst = () => response.end('rest')
    })
    const ownAgent = new Agent()
    const exchange = new AwaitedExchange()
    const first = await responseTo(ownAgent, requestTo(url), exchange)
    await first.read()
    void first.release()
    exchange.drop()
    endFirst?.()
    await new Promise((resolve) => setTimeout(resolve, 50))
    await responseTo(ownAgent, requestTo(url))
    expect(sockets.size).toBe(1)
    await ownAgent.destroy()
  })

  it('tells of the sending before the response of a dispatcher that answers at once, and of one outcome', async () => {
    const controller = { abort() {}, pause() {}, resume() {}, paused: false, rawHeaders: null } as unknown as Dispatcher.DispatchController
    const told: string[] = []
    class Telling extends AwaitedExchange {
      override onSent = () => void told.push('sent')
      override onResponse = () => void told.push('response')
      override onFailed = () => void told.push('failed')
    }
    const dispatching = (answer: (handler: Required<Dispatcher.DispatchHandler>) => void) =>
      ({ dispatch: (_: unknown, handler: Required<Dispatcher.DispatchHandler>) => (handler.onRequestStart(controller, {}), answer(handler), true) }) as unknown as Dispatcher

    sendRequest(dispatching((handler) => handler.onResponseStart(controller, 200, {})), requestTo('http://127.0.0.1'), new Telling())
    await Promise.resolve()
    expect(told.splice(0)).toEqual(['sent', 'response'])

    const both = dispatching((handler) => (handler.onResponseError(controller, new Error('lost')), handler.onResponseStart(controller, 200, {})))
    sendRequest(both, requestTo('http://127.0.0.1'), new Telling())
    expect(told).not.toContain('response')
    expect(told).toContain('failed')
  })

  it('fails on an address that is none', async () => {
    await expect(responseTo(agent, { ...requestTo('http://127.0.0.1'), origin: 'nothing' })).rejects.toThrow()
  })
})
