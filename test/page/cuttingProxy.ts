import { type Socket, connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'

export interface CuttingProxy {
  readonly url: string
  /** Connections that were let through. */
  readonly passed: number
  /** Breaks every connection, and lets no other through until `mend`. */
  cut(): void
  mend(): void
  close(): Promise<void>
}

/** A network between a browser and a server on this machine, that can be cut. */
export async function cuttingProxy(target: string): Promise<CuttingProxy> {
  const { port } = new URL(target)
  const open = new Set<Socket>()
  let down = false
  let passed = 0
  const server = createServer((client) => {
    client.on('error', () => undefined)
    if (down) return void client.destroy()
    passed++
    const upstream = connect(Number(port), '127.0.0.1')
    for (const socket of [client, upstream]) {
      open.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        open.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    client.pipe(upstream).pipe(client)
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const cut = () => {
    down = true
    for (const socket of open) socket.destroy()
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get passed() {
      return passed
    },
    cut,
    mend: () => void (down = false),
    close: () => new Promise((resolve) => {
      server.close(() => resolve())
      cut()
    }),
  }
}
