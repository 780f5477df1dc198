import { createServer } from 'node:http'
import { describe, expect, it } from 'vitest'
import { pooledAgent } from '../../src/wire/pooledAgent.ts'
import { sendRequest } from '../../src/wire/sendRequest.ts'
import { connecting, unansweredAddress } from '../support/unansweredAddress.ts'
import { until } from './until.ts'

const requestTo = (port: number) => ({ url: `http://127.0.0.1:${port}/`, method: 'POST', headers: {}, body: '{}' })

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

  it('keeps a connection for the next request, dropped signals or not', async () => {
    const sockets = new Set<object>()
    const server = createServer((request, response) => {
      sockets.add(request.socket)
      response.end('x')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const agent = await pooledAgent()
    for (let count = 0; count < 5; count++) {
      const controller = new AbortController()
      const response = await sendRequest(agent, requestTo(typeof address === 'object' ? (address?.port ?? 0) : 0), { signal: controller.signal })
      while (await response.read());
      controller.abort()
      await new Promise((resolve) => setImmediate(resolve))
    }

    expect(sockets.size).toBe(1)
    server.closeAllConnections()
    server.close()
  })
})
