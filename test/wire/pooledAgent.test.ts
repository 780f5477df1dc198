import { type RequestListener, type Server, createServer } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { pooledAgent } from '../../src/wire/pooledAgent.ts'
import { AwaitedExchange } from '../../src/wire/httpExchange.ts'
import { responseTo } from './responseTo.ts'
import { connecting, unansweredAddress } from '../support/unansweredAddress.ts'
import { until } from './until.ts'

let server: Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
  server = undefined
})

async function serve(listener: RequestListener): Promise<number> {
  const started = createServer(listener)
  server = started
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve))
  const address = started.address()
  return typeof address === 'object' ? (address?.port ?? 0) : 0
}

const requestTo = (port: number) => ({ origin: `http://127.0.0.1:${port}`, path: '/', method: 'POST', headers: {}, body: '{}' })

describe('pooledAgent', () => {
  it('closes the socket of a request that is dropped while it connects, and of no other', async () => {
    const address = await unansweredAddress()
    const agent = await pooledAgent()
    const exchanges = Array.from({ length: 3 }, () => new AwaitedExchange())
    const requests = exchanges.map((exchange) => responseTo(agent, requestTo(address.port), exchange).catch((error: unknown) => error))
    await until(() => connecting() === 3)

    exchanges[1]?.drop()

    expect(await requests[1]).toMatchObject({ phase: 'connect' })
    await until(() => connecting() < 3)
    expect(connecting()).toBe(2)
    exchanges[0]?.drop()
    exchanges[2]?.drop()
    await until(() => connecting() === 0)
    await address.close()
  })

  it('makes no other connection for a request that is dropped', async () => {
    const port = await serve((_, response) => response.flushHeaders())
    let opened = 0
    let closed = 0
    server?.on('connection', (socket) => {
      opened++
      socket.on('close', () => closed++)
    })
    const agent = await pooledAgent()
    for (let count = 1; count <= 5; count++) {
      const exchange = new AwaitedExchange()
      await responseTo(agent, requestTo(port), exchange)
      exchange.drop()
      await until(() => closed === count)
      expect(opened).toBe(count)
    }
    // What comes after them finds its own way.
    expect((await responseTo(agent, requestTo(port))).status).toBe(200)
    expect(opened).toBe(6)
  })

  it('keeps a connection for the next request, though the last one is dropped when that is over', async () => {
    const sockets = new Set<object>()
    const port = await serve((request, response) => {
      sockets.add(request.socket)
      response.end('x')
    })
    const agent = await pooledAgent()
    for (let count = 0; count < 5; count++) {
      const exchange = new AwaitedExchange()
      const response = await responseTo(agent, requestTo(port), exchange)
      while (await response.read());
      exchange.drop()
      await new Promise((resolve) => setImmediate(resolve))
    }

    expect(sockets.size).toBe(1)
  })

  it('connects again when the server has closed a connection that was kept', async () => {
    const port = await serve((_, response) => response.end('x'))
    const agent = await pooledAgent()
    for (let count = 0; count < 3; count++) {
      const exchange = new AwaitedExchange()
      const response = await responseTo(agent, requestTo(port), exchange)
      while (await response.read());
      exchange.drop()
      server?.closeAllConnections()
    }
  })
})
