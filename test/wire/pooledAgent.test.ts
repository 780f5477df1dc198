import { type RequestListener, type Server, createServer } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { pooledAgent } from '../../src/wire/pooledAgent.ts'
import { sendRequest } from '../../src/wire/sendRequest.ts'
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
    const controllers = Array.from({ length: 3 }, () => new AbortController())
    const requests = controllers.map(({ signal }) => sendRequest(agent, requestTo(address.port), { signal }).catch((error: unknown) => error))
    await until(() => connecting() === 3)

    controllers[1]?.abort()

    expect(await requests[1]).toMatchObject({ phase: 'connect' })
    await until(() => connecting() < 3)
    expect(connecting()).toBe(2)
    controllers[0]?.abort()
    controllers[2]?.abort()
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
      const controller = new AbortController()
      await sendRequest(agent, requestTo(port), { signal: controller.signal })
      controller.abort()
      await until(() => closed === count)
      expect(opened).toBe(count)
    }
    // What comes after them finds its own way.
    expect((await sendRequest(agent, requestTo(port), { signal: new AbortController().signal })).status).toBe(200)
    expect(opened).toBe(6)
  })

  it('keeps a connection for the next request, though the signal of the last one aborts when that is over', async () => {
    const sockets = new Set<object>()
    const port = await serve((request, response) => {
      sockets.add(request.socket)
      response.end('x')
    })
    const agent = await pooledAgent()
    for (let count = 0; count < 5; count++) {
      const controller = new AbortController()
      const response = await sendRequest(agent, requestTo(port), { signal: controller.signal })
      while (await response.read());
      controller.abort()
      await new Promise((resolve) => setImmediate(resolve))
    }

    expect(sockets.size).toBe(1)
  })

  it('connects again when the server has closed a connection that was kept', async () => {
    const port = await serve((_, response) => response.end('x'))
    const agent = await pooledAgent()
    for (let count = 0; count < 3; count++) {
      const controller = new AbortController()
      const response = await sendRequest(agent, requestTo(port), { signal: controller.signal })
      while (await response.read());
      controller.abort()
      server?.closeAllConnections()
    }
  })
})
