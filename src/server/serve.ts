import { createServer, type Server } from 'node:http'
import { InvalidOptionError } from '../errors.ts'
import type { Handler } from './handler.ts'

export interface ServeOptions {
  /** Default 8080; 0 takes a free one. */
  readonly port?: number
  /** Default 127.0.0.1: this machine alone. */
  readonly host?: string
  /** Connections at once. Default 256. */
  readonly maxConnections?: number
  /** For the headers of a request, in milliseconds; then 408. Default 10,000. */
  readonly headersMs?: number
  /** For a whole request. Default 30,000. */
  readonly requestMs?: number
  /** After `close`, what is still open is broken after so long. Default 10,000. */
  readonly closeMs?: number
}

export interface Serving {
  /** Where it is reached, without a `/` at the end. */
  readonly url: string
  readonly server: Server
  /** Takes no more connections, stops the runs, lets every viewer have its last event, and resolves when all is closed. */
  close(): Promise<void>
}

/** Starts a server of Node with limits against clients that send slowly. Resolves when it listens. */
export function serve({ node, upgrade, close }: Handler, options: ServeOptions = {}): Promise<Serving> {
  const { port = 8080, host = '127.0.0.1', maxConnections = 256, headersMs = 10_000, requestMs = 30_000, closeMs = 10_000 } = options
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new InvalidOptionError(`Expected port to be a number from 0 to 65535, got ${port}`)
  const server = createServer({
    headersTimeout: headersMs, requestTimeout: requestMs, connectionsCheckingInterval: Math.min(5000, headersMs), maxHeaderSize: 16_384, keepAliveTimeout: 5000,
    // Others, as `h2c` of curl, are answered as if they had not asked for it. Node 22 does not know this, and they get 404.
    shouldUpgradeCallback: ({ headers }) => /^websocket$/i.test(headers.upgrade ?? ''),
  }, node)
  server.on('upgrade', upgrade)
  server.maxConnections = maxConnections
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      const address = server.address()
      const bound = typeof address === 'object' && address !== null ? address.port : port
      const url = `http://${host.includes(':') ? `[${host}]` : host}:${bound}`
      resolve({
        url,
        server,
        async close() {
          const closed = new Promise<void>((done) => void server.close(() => done()))
          const broken = setTimeout(() => server.closeAllConnections(), closeMs)
          await close()
          server.closeIdleConnections()
          await closed
          clearTimeout(broken)
        },
      })
    })
  })
}
