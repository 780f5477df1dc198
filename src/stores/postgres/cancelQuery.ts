import { connect } from 'node:net'
import type { PoolClient } from 'pg'

/** What the server told the driver, and what the driver's types do not tell. */
interface Identified {
  readonly processID?: number
  readonly secretKey?: number
  readonly host?: string
  readonly port?: number
}

const cancelCode = 80_877_102
const patienceMs = 2000

/**
 * Asks the server to end what a connection is at, over a connection of its own as the protocol has it. True once the server has taken it: what the
 * connection is asked afterwards is not meant any more. False: nobody knows when it comes.
 */
export function cancelQuery(client: PoolClient): Promise<boolean> {
  const { processID, secretKey, host = 'localhost', port = 5432 } = client as Identified
  if (processID === undefined || secretKey === undefined) return Promise.resolve(false)
  const message = Buffer.alloc(16)
  for (const [index, value] of [16, cancelCode, processID, secretKey].entries()) message.writeInt32BE(value, index * 4)
  const socket = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host)
  return new Promise((resolve) => {
    socket.setTimeout(patienceMs, () => socket.destroy(new Error('Nothing came')))
    socket.on('error', () => undefined)
    // The server answers by closing it.
    socket.on('close', (hadError) => resolve(!hadError))
    socket.resume()
    socket.write(message)
  })
}
