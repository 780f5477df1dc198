import type { DatabaseSync } from 'node:sqlite'
import { defer, of } from 'rxjs'
import { rankPassages } from '../../internal/rankPassages.ts'
import { sampleSpread } from '../../internal/sampleSpread.ts'
import type { ScoredPassage } from '../../types/document.ts'
import type { PassageStore, StoredFile } from '../../types/ports.ts'
import { type IndexConfiguration, claimConfiguration, readConfiguration } from './configuration.ts'
import { openIndex } from './openIndex.ts'
import { passageColumns, toPassage } from './rows.ts'
import { createRankers } from './search.ts'
import { createWriter } from './write.ts'

export interface SqliteStoreOptions {
  /** What will write to the index. Absent: it is only read, or was made before. */
  readonly configuration?: IndexConfiguration
}

export interface SqliteStore extends PassageStore {
  /** What made the index. */
  readonly configuration: IndexConfiguration
}

/**
 * Keeps passages in one SQLite file (with `-wal` and `-shm` beside it while it is open).
 *
 * @throws InputError at the call, when the file is no index, is of another format, or was made by another embedder or splitter.
 */
export function sqliteStore(path: string, options: SqliteStoreOptions = {}): SqliteStore {
  const database = openIndex(path)
  if (options.configuration !== undefined) claimConfiguration(database, path, options.configuration)
  const rankers = createRankers(database)
  const write = createWriter(database, path)

  return {
    get configuration() {
      return readConfiguration(database)
    },
    search: (request) =>
      defer(() => {
        const byNumber = database.prepare(`SELECT ${passageColumns} FROM passages p JOIN documents d ON d.number = p.document WHERE p.number = ?`)
        return of(
          rankPassages(rankers, request).flatMap(({ passage, score }): ScoredPassage[] => {
            const row = byNumber.get(passage)
            return row === undefined ? [] : [toPassage(row, score)]
          }),
        )
      }),
    sample: (count) => defer(() => of(sample(database, count))),
    upsert: (document, passages) => defer(() => of(write.upsert(document, passages))),
    remove: (ids) => defer(() => of(write.remove(ids))),
    fingerprints: (fileId) =>
      defer(() => {
        const rows =
          fileId === undefined
            ? database.prepare('SELECT id, fingerprint FROM documents').all()
            : database.prepare('SELECT id, fingerprint FROM documents WHERE file_id = ?').all(fileId)
        return of(new Map(rows.map((row) => [String(row['id']), String(row['fingerprint'])])))
      }),
    files: (root) => defer(() => of(database.prepare('SELECT * FROM files WHERE root = ?').all(root).map(toFile))),
    commitFile: (file, documentIds) => defer(() => of(write.commitFile(file, documentIds))),
    removeFiles: (ids) => defer(() => of(write.removeFiles(ids))),
    stats: () =>
      defer(() => {
        const counts = database.prepare(
          'SELECT (SELECT count(*) FROM files) AS f, (SELECT count(*) FROM documents) AS d, (SELECT count(*) FROM passages) AS p',
        ).get()
        return of({ files: Number(counts?.['f']), documents: Number(counts?.['d']), passages: Number(counts?.['p']) })
      }),
    close: () => {
      if (database.isOpen) database.close()
    },
  }
}

function toFile(row: Readonly<Record<string, unknown>>): StoredFile {
  return {
    id: String(row['id']),
    root: String(row['root']),
    stamp: String(row['stamp']),
    ...(row['skipped'] === null ? {} : { skipped: String(row['skipped']) }),
  }
}

function sample(database: DatabaseSync, count: number): ScoredPassage[] {
  const sizes = database
    .prepare('SELECT d.number, count(p.number) AS n FROM documents d JOIN passages p ON p.document = d.number GROUP BY d.number ORDER BY d.id')
    .all()
  const byPlace = database.prepare(
    `SELECT ${passageColumns} FROM passages p JOIN documents d ON d.number = p.document WHERE p.document = ? ORDER BY p.place LIMIT 1 OFFSET ?`,
  )
  return sampleSpread(sizes.map((row) => Number(row['n'])), count).flatMap(({ document, passage }) => {
    const row = byPlace.get(Number(sizes[document]?.['number']), passage)
    return row === undefined ? [] : [toPassage(row, 0)]
  })
}
