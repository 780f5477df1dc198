import type { Pool, PoolConfig } from 'pg'
import { InputError } from '../../errors.ts'

const connectMs = 10_000

/** The driver is loaded with the first index in PostgreSQL. */
export async function openPool(connectionString: string, connections: number): Promise<Pool> {
  const { Pool } = await loadDriver()
  // A process that has nothing else to do may end with connections open.
  const config: PoolConfig = { connectionString, max: connections, connectionTimeoutMillis: connectMs, application_name: 'riffle', keepAlive: true, allowExitOnIdle: true }
  const pool = new Pool(config)
  // A connection that breaks while nobody uses it is replaced with the next question.
  pool.on('error', () => undefined)
  return pool
}

async function loadDriver(): Promise<typeof import('pg')> {
  try {
    return await import('pg')
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND'
    if (!isMissing) throw error
    throw new InputError('An index in PostgreSQL needs the package pg: npm install pg', { cause: error })
  }
}
