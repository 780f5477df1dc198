import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { InputError } from '../../errors.ts'
import { readConfiguration } from './configuration.ts'
import { createTables, schemaVersion } from './schema.ts'

/**
 * Opens an index file, or makes it.
 *
 * Write-ahead log, synced at checkpoints: a killed process loses nothing that was committed, a machine that loses power
 * loses at most the last transactions, and the file is whole in both cases. Readers see the last commit while one writes;
 * a second writer waits up to 3 s.
 */
export function openIndex(path: string): DatabaseSync {
  let database: DatabaseSync | undefined
  try {
    if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true })
    database = new DatabaseSync(path)
    database.exec('PRAGMA busy_timeout = 3000')
    // Before anything is written: a database of another program stays as it is.
    const isNew = !isIndex(database, path)
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
    if (isNew) createTables(database, path)
    return database
  } catch (error) {
    database?.close()
    if (error instanceof InputError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new InputError(`Cannot open the index ${path}: ${reason}.`, { cause: error })
  }
}

/** False for a new, empty file. Fails for another program's database and for an index of another format. */
function isIndex(database: DatabaseSync, path: string): boolean {
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all().map(({ name }) => name)
  if (tables.length === 0) return false
  const version = tables.includes('configuration') ? readConfiguration(database).version : undefined
  if (version === undefined) throw new InputError(`Cannot open the index ${path}: it is a database of another program. Name another file.`)
  if (version === schemaVersion) return true
  throw new InputError(`The index ${path} has format ${version}, this version of Riffle reads format ${schemaVersion}. Build it again.`)
}
