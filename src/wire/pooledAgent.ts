import { Socket } from 'node:net'
import type { Dispatcher, buildConnector } from 'undici'

/** Where connections are kept and reused. */
export type { Dispatcher } from 'undici'

/**
 * A pool of its own, with undici's settings: as many connections as requests, kept for 4 seconds when idle, 10 seconds to connect.
 * Idle connections do not keep the process alive. undici takes a tenth of a second to load, so it is loaded here.
 *
 * A request that is dropped while its connection is being made takes that with it: undici alone would wait for an address
 * that does not answer, with a socket and a timer, for those 10 seconds.
 */
export async function pooledAgent(): Promise<Dispatcher> {
  const { Agent, buildConnector } = await import('undici')
  const connect = buildConnector({})
  /** Of the request that is being dispatched: undici begins to connect inside that call. */
  let dispatching: AbortSignal | undefined

  const connectUnlessDropped: buildConnector.connector = (options, callback) => {
    const signal = dispatching
    // Its type does not say that `connect` returns the socket.
    let socket: unknown
    const close = () => socket instanceof Socket && socket.destroy(new Error('The request was dropped'))
    socket = connect(options, (...outcome) => {
      signal?.removeEventListener('abort', close)
      callback(...outcome)
    })
    signal?.addEventListener('abort', close, { once: true })
  }
  return new Agent({ connect: connectUnlessDropped }).compose((dispatch) => (options, handler) => {
    dispatching = (options as Dispatcher.RequestOptions).signal as AbortSignal | undefined
    try {
      return dispatch(options, handler)
    } finally {
      dispatching = undefined
    }
  })
}
