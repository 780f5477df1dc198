import { PGlite } from '@electric-sql/pglite'
import { vector } from '@electric-sql/pglite-pgvector'
import { PGLiteSocketServer } from '@electric-sql/pglite-socket'
import { afterAll, beforeAll } from 'vitest'

/** A start compiles 10 MB of WebAssembly: seconds alone, a minute where a dozen others compute. */
export const bootMs = 180_000

export interface PgliteServer {
  readonly db: PGlite
  readonly url: string
  close(): Promise<void>
}

/**
 * PostgreSQL 18 in this process, over the wire: one backend behind a socket, so transactions wait for each other whoever sends them.
 * Without `withVector` it has no pgvector.
 */
export async function startPglite({ withVector = true } = {}): Promise<PgliteServer> {
  const db = await PGlite.create({ extensions: withVector ? { vector } : {} })
  // More connections than any pool of the tests has: one too many is reset.
  const server = new PGLiteSocketServer({ db, host: '127.0.0.1', port: 0, maxConnections: 100 })
  await server.start()
  return {
    db,
    url: `postgres://postgres:secret@${server.getServerConn()}/postgres?sslmode=disable`,
    async close() {
      await server.stop()
      await db.close()
    },
  }
}

let schemas = 0

/** Addresses of new, empty indexes on one server that the file's tests share. */
export function newIndexes(): { readonly server: () => PgliteServer; readonly newAddress: () => string } {
  let server: PgliteServer | undefined
  beforeAll(async () => {
    server = await startPglite()
  }, bootMs)
  afterAll(() => server?.close())
  const started = () => {
    if (server === undefined) throw new Error('Expected the server to run: ask inside a test')
    return server
  }
  return { server: started, newAddress: () => `${started().url}&schema=test_${++schemas}` }
}
