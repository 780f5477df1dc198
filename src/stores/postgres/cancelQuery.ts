import { type Socket, connect } from 'node:net'
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

/** Asks the server to end what a connection is at, over a connection of its own as the protocol has it. Nothing comes back. */
export function cancelQuery(client: PoolClient): void {
  const { processID, secretKey, host = 'localhost', port = 5432 } = client as Identified
  if (processID === undefined || secretKey === undefined) return
  const message = Buffer.alloc(16)
  for (const [index, value] of [16, cancelCode, processID, secretKey].entries()) message.writeInt32BE(value, index * 4)
  const socket: Socket = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host)
  socket.setTimeout(patienceMs, () => socket.destroy())
  socket.on('error', () => socket.destroy())
  socket.unref()
  socket.end(message)
}
