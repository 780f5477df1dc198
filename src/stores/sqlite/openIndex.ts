import { existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { InputError } from '../../errors.ts'
import { readConfiguration } from './configuration.ts'
import { describeIndexError, resultCode, wordsOf } from './describeIndexError.ts'
import { createChangeLog, createTables, schemaVersion } from './schema.ts'
import { noteFile } from './transaction.ts'

/** How long one waits for another that writes. */
const busyMs = 3000

/** Memory for pages of an index that is written, in kibibytes: what a commit changes has room, else much of it is written twice. */
const writtenKiB = 16_000

export interface HowToOpen {
  /** Opens one that may only be read, where nothing can be put beside it either. */
  readonly mayBeProtected: boolean
  /** Makes none. */
  readonly mustBeThere: boolean
}

/**
 * Opens an index file, or makes it.
 *
 * Write-ahead log, synced at checkpoints: a killed process loses nothing that was committed, a machine that loses power
 * loses at most the last transactions, and the file is whole in both cases. Readers see the last commit while one writes;
 * a second writer waits up to 3 s.
 */
export function openIndex(path: string, { mayBeProtected, mustBeThere }: HowToOpen): DatabaseSync {
  if (mustBeThere) requireFile(path)
  let database: DatabaseSync | undefined
  try {
    if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true })
    database = new DatabaseSync(path)
    database.exec(`PRAGMA busy_timeout = ${busyMs}`)
    // Before anything is written: a database of another program stays as it is.
    const isNew = !isIndex(database, path)
    if (isNew && mustBeThere) throw emptyIndex(path)
    if (!mustBeThere) useLog(database)
    if (isNew) createTables(database, path)
    if (isNew || !mayBeProtected) createChangeLog(database, path)
    noteFile(database, path)
    return database
  } catch (error) {
    database?.close()
    if (error instanceof InputError) throw error
    if (mayBeProtected && isProtected(error, path)) return openProtected(path)
    throw new InputError(`Cannot open the index ${path}: ${describeIndexError(error, path)}.`, { cause: error })
  }
}

/** SQLite does not wait by itself where two open a new file at once, of whom one must become the first to use the log. */
function useLog(database: DatabaseSync): void {
  for (const until = performance.now() + busyMs; ; Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)) {
    try {
      return database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -${writtenKiB}`)
    } catch (error) {
      if (resultCode(error) !== 5 || performance.now() > until) throw error
    }
  }
}

/** Opens an index, and only reads it; nothing is made. */
export function openToRead(path: string): DatabaseSync {
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(path, { readOnly: true, timeout: busyMs })
    database.prepare('SELECT count(*) FROM sqlite_schema').get()
    return database
  } catch (error) {
    database?.close()
    if (isProtected(error, path)) return openProtected(path)
    throw error
  }
}

/** A database with a log needs two files beside it, also to be read; nothing is in the log when there is none. */
function isProtected(error: unknown, path: string): boolean {
  const isRefused = [8, 14].includes(resultCode(error))
  return isRefused && existsSync(path) && !statSync(path).isDirectory() && !((statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0)
}

function openProtected(path: string): DatabaseSync {
  let database: DatabaseSync | undefined
  try {
    const url = pathToFileURL(path)
    url.search = '?immutable=1'
    database = new DatabaseSync(url, { readOnly: true })
    if (isIndex(database, path)) return database
    throw emptyIndex(path)
  } catch (error) {
    database?.close()
    if (error instanceof InputError) throw error
    throw new InputError(`Cannot open the index ${path}: ${describeIndexError(error, path)}.`, { cause: error })
  }
}

/** False for a new, empty file. Fails for another program's database, for an index of another format, and for one whose beginning is damaged. */
export function isIndex(database: DatabaseSync, path: string): boolean {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  // In one statement, as another process may be making it.
  const found = database.prepare('SELECT (SELECT json_group_array(name) FROM sqlite_schema) AS names, (SELECT page_count FROM pragma_page_count()) AS pages').get()
  const tables = JSON.parse(String(found?.['names'])) as readonly string[]
  const pages = Number(found?.['pages'])
  if (tables.length === 0) {
    // What is shorter than the shortest page was never SQLite's; what is longer and has no page is what a killed maker left, and was taken back.
    if (pages > 1 || (pages === 0 && size > 0 && size < 512)) throw new InputError(`Cannot open the index ${path}: ${wordsOf(pages > 1 ? 11 : 26)}.`)
    return false
  }
  const isOurs = tables.includes('configuration') && (tables.includes('passages') || tables.includes('documents'))
  const version = isOurs ? readConfiguration(database).version : undefined
  if (version === undefined) throw new InputError(`Cannot open the index ${path}: it is a database of another program. Name another file.`)
  if (version === schemaVersion) return true
  throw new InputError(`The index ${path} has format ${version}, this version of Riffle reads format ${schemaVersion}. Build it again.`)
}

export function requireFile(path: string): void {
  if (!existsSync(path)) throw new InputError(`No index at ${path}. ${howToMake(path)}`)
}

/** A file without tables: a run that was to make the index was stopped before it did. */
export function emptyIndex(path: string): InputError {
  return new InputError(`The index ${path} is empty. ${howToMake(path)}`)
}

function howToMake(path: string): string {
  return `Make it: riffle index --data FOLDER --index ${path}`
}
