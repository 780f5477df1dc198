import type { Pool, PoolClient } from 'pg'
import type { Observable } from 'rxjs'
import { RagError } from '../../errors.ts'
import { fromAbortablePromise } from '../../internal/fromAbortablePromise.ts'
import type { Row } from '../storedRows.ts'
import type { Address } from './parseAddress.ts'
import { cancelQuery } from './cancelQuery.ts'
import { toIndexError } from './describePostgresError.ts'
import { openPool } from './openPool.ts'

/** Sends one statement inside a transaction, its values apart from its text. */
export type Ask = (sql: string, values?: readonly unknown[]) => Promise<readonly Row[]>

export interface Transactions {
  readonly address: Address
  /** Sees one commit of the database, whoever writes meanwhile. */
  read<T>(work: (ask: Ask) => Promise<T>): Observable<T>
  /** All of it or nothing. */
  write<T>(work: (ask: Ask) => Promise<T>): Observable<T>
  /** Connections go as soon as they are free. */
  close(): void
}

/** How long one waits for another that writes the same document. */
const lockMs = 10_000

/** Opens no connection yet. Unsubscribing ends the statement under way on the server and takes the transaction back. */
export async function openTransactions(address: Address, connections: number): Promise<Transactions> {
  const pool = await openPool(address.connectionString, connections)
  let isClosed = false
  // Names without a schema are ours; the type `vector` is where somebody has put it.
  const find = `SELECT set_config('search_path', concat_ws(', ', '"${address.schema}"', nullif(current_setting('search_path'), '')), true)`

  const run = <T>(begin: string, work: (ask: Ask) => Promise<T>): Observable<T> =>
    fromAbortablePromise(async (signal) => {
      if (isClosed) throw new RagError('closed', 'The store is closed')
      try {
        return await inTransaction(pool, `${begin}; ${find}`, work, signal)
      } catch (error) {
        throw toIndexError(error, address.name, 'use')
      }
    })

  return {
    address,
    // To compile a statement takes longer than these do.
    read: (work) => run('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL jit = off', work),
    write: (work) => run(`BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL lock_timeout = ${lockMs}`, work),
    close() {
      if (isClosed) return
      isClosed = true
      // Ends once the transactions under way have; a connection that breaks meanwhile has ended too.
      pool.end().catch(() => undefined)
    },
  }
}

async function inTransaction<T>(pool: Pool, begin: string, work: (ask: Ask) => Promise<T>, signal: AbortSignal): Promise<T> {
  const client = await pool.connect()
  // What breaks in the middle is told by the statement under way.
  const ignore = () => undefined
  let cancelled: Promise<boolean> | undefined
  const cancel = () => {
    cancelled = cancelQuery(client)
  }
  client.on('error', ignore)
  let isWhole = false
  try {
    signal.throwIfAborted()
    signal.addEventListener('abort', cancel, { once: true })
    await client.query(begin)
    const result = await work(async (sql, values = []) => {
      signal.throwIfAborted()
      return (await client.query<Row>(sql, [...values])).rows
    })
    signal.throwIfAborted()
    await client.query('COMMIT')
    isWhole = true
    return result
  } finally {
    signal.removeEventListener('abort', cancel)
    // A connection is given on only when no request to end what it does is under way.
    const isUsable = ((await cancelled) ?? true) && (isWhole || (await rolledBack(client)))
    client.off('error', ignore)
    client.release(!isUsable)
  }
}

/** False when the connection is of no more use. */
async function rolledBack(client: PoolClient): Promise<boolean> {
  try {
    await client.query('ROLLBACK')
    return true
  } catch {
    return false
  }
}
