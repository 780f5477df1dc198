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
 * a second writer waits up to 10 s.
 */
export function openIndex(path: string): DatabaseSync {
  try {
    if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true })
    const database = new DatabaseSync(path)
    database.exec('PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
    createTables(database)
    const { version } = readConfiguration(database)
    if (version !== undefined && version !== schemaVersion) {
      throw new InputError(`The index ${path} has format ${version}, this version of Riffle reads format ${schemaVersion}. Build it again.`)
    }
    return database
  } catch (error) {
    if (error instanceof InputError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new InputError(`Cannot open the index ${path}: ${reason}.`, { cause: error })
  }
}
