import { statSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { InputError } from '../../errors.ts'
import { resultCode } from './describeIndexError.ts'

/** Which file a database is in: what is written into one that was removed is lost, and nothing says so. */
const inodes = new WeakMap<DatabaseSync, number>()

export function noteFile(database: DatabaseSync, path: string): void {
  const inode = statSync(path, { throwIfNoEntry: false })?.ino
  if (path !== ':memory:' && inode !== undefined) inodes.set(database, inode)
}

/** Writes all of it or nothing. A second writer waits for the first, and fails with `InputError` when that takes too long. */
export function inTransaction<T>(database: DatabaseSync, path: string, work: () => T): T {
  requireFile(database, path)
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
    if (database.isTransaction) database.exec('COMMIT')
  }
}

function requireFile(database: DatabaseSync, path: string): void {
  const inode = inodes.get(database)
  if (inode === undefined || statSync(path, { throwIfNoEntry: false })?.ino === inode) return
  throw new InputError(`The index ${path} was removed or replaced while it was open: what is written now would be lost. Run it again.`)
}

function begin(database: DatabaseSync, path: string): void {
  try {
    database.exec('BEGIN IMMEDIATE')
  } catch (error) {
    // Locked.
    if (![5, 6].includes(resultCode(error))) throw error
    throw new InputError(`Cannot write to the index ${path}: another process has locked it. Is one indexing?`, { cause: error, retryable: true })
  }
}
