import type { DatabaseSync } from 'node:sqlite'
import { InputError } from '../../errors.ts'

/** Writes all of it or nothing. A second writer waits for the first, and fails with `InputError` when that takes too long. */
export function inTransaction<T>(database: DatabaseSync, path: string, work: () => T): T {
  begin(database, path)
  try {
    const result = work()
    database.exec('COMMIT')
    return result
  } catch (error) {
    // Some failures, as of a full disk, have rolled it back already.
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}

/** Reads one commit, also when another process writes between two statements. */
export function inSnapshot<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN')
  try {
    return work()
  } finally {
    database.exec('COMMIT')
  }
}

function begin(database: DatabaseSync, path: string): void {
  try {
    database.exec('BEGIN IMMEDIATE')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new InputError(`Cannot write to the index ${path}: ${reason}. Is another process indexing?`, { cause: error })
  }
}
