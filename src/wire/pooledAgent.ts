import { Socket } from 'node:net'
import type { Client as ClientOf, Dispatcher, buildConnector as Connect } from 'undici'
import type { Connecting } from './sendRequest.ts'

/** Where connections are kept and reused. */
export type { Dispatcher } from 'undici'

/**
 * A pool of its own, with undici's settings: as many connections as requests, kept for 4 seconds when idle, 10 seconds to connect.
 * Idle connections do not keep the process alive. undici takes some time to load, so it is loaded here.
 *
 * A request that is dropped takes its connection with it at once. undici alone would go on connecting to an address that
 * does not answer, for those 10 seconds; and make another connection for a dropped request, before it sees that it was dropped.
 */
export async function pooledAgent(): Promise<Dispatcher> {
  const { Agent, Client, Pool, buildConnector } = await loadParts()
  const connect = buildConnector({})

  /** One connection, and one request at a time. */
  const createClient = (origin: URL, options: object): ClientOf => {
    let isWanted = true
    // Its type does not say that `connect` returns the socket.
    let connecting: unknown
    const leave = () => {
      isWanted = false
      if (connecting instanceof Socket) connecting.destroy(dropped())
    }
    const connectIfWanted: Connect.connector = (target, callback) => {
      if (!isWanted) return queueMicrotask(() => callback(dropped(), null))
      connecting = connect(target, (...outcome) => {
        connecting = undefined
        callback(...outcome)
      })
    }
    const client = new Client(origin, { ...options, connect: connectIfWanted })
    const dispatch = client.dispatch.bind(client)
    // Not a class of its own, which would cost each connection 5 KB of hidden classes. A request is told here how to leave, and not kept: that would be until the next.
    client.dispatch = (request, handler) => {
      isWanted = true
      const { call } = request as { call?: Connecting }
      if (call !== undefined) call.leave = leave
      return dispatch(request, handler)
    }
    return client
  }
  return new Agent({ factory: (origin: string | URL, options: object) => new Pool(origin, { ...options, factory: createClient }) })
}

const dropped = () => new Error('The request was dropped')

/** undici without its `fetch`, caches, mocks and web sockets: a third of the time to load, and 15 MB less. */
async function loadParts() {
  const [agent, client, pool, connect] = await Promise.all([
    import('undici/lib/dispatcher/agent.js'),
    import('undici/lib/dispatcher/client.js'),
    import('undici/lib/dispatcher/pool.js'),
    import('undici/lib/core/connect.js'),
  ])
  return { Agent: agent.default, Client: client.default, Pool: pool.default, buildConnector: connect.default }
}
