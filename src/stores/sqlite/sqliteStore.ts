import type { DatabaseSync } from 'node:sqlite'
import { type Observable, defer, of } from 'rxjs'
import { InputError, RagError } from '../../errors.ts'
import { checkBm25 } from '../../internal/checkBm25.ts'
import { checkLanguage } from '../../internal/checkLanguage.ts'
import { checkVectorOptions } from '../../internal/checkVectorOptions.ts'
import { inOrderOfScore } from '../../internal/inOrderOfScore.ts'
import { allPlaces } from '../../internal/placeOf.ts'
import { rankPassages } from '../../internal/rankPassages.ts'
import { sampleSpread } from '../../internal/sampleSpread.ts'
import type { VectorOptions } from '../../internal/vectors/vectorMatrix.ts'
import type { Bm25Options } from '../../internal/weighTerms.ts'
import type { Passage, ScoredPassage } from '../../types/document.ts'
import type { PassageStore, PlaceRange } from '../../types/ports.ts'
import type { IndexConfiguration } from '../indexConfiguration.ts'
import { passageColumns, toFile, toPassage } from '../storedRows.ts'
import { claimConfiguration, readConfiguration } from './configuration.ts'
import { describeIndexError } from './describeIndexError.ts'
import { openIndex } from './openIndex.ts'
import { createRankers } from './search.ts'
import { createStatements } from './statements.ts'
import { storedEmbeddings } from './storedEmbeddings.ts'
import { inSnapshot } from './transaction.ts'
import { createWriter } from './write.ts'
import { createWriteQueue } from './writeQueue.ts'

export interface SqliteStoreOptions {
  /** What will write to the index. Absent: it is only read, or was made before. */
  readonly configuration?: IndexConfiguration
  /** Nothing is made or changed: an index that is not there is refused, and what would write fails. Default false. */
  readonly readOnly?: boolean
  /** Of the search by words. */
  readonly bm25?: Bm25Options
  /** Of the search by vectors. */
  readonly vectors?: VectorOptions
}

export interface SqliteStore extends PassageStore {
  /** What made the index. */
  readonly configuration: IndexConfiguration
}

/**
 * Keeps passages in one SQLite file (with `-wal` and `-shm` beside it while it is open).
 *
 * @throws InputError at the call, when the file is no index, is of another format, or was made by another embedder, splitter or language; InvalidOptionError
 * when an option cannot work.
 */
export function sqliteStore(path: string, options: SqliteStoreOptions = {}): SqliteStore {
  const { configuration, readOnly = false } = options
  checkBm25(options.bm25 ?? {})
  checkVectorOptions(options.vectors ?? {})
  checkLanguage(configuration?.language ?? 'english')
  const database = openIndex(path, { mayBeProtected: readOnly || configuration === undefined, mustBeThere: readOnly })
  try {
    if (configuration !== undefined && !readOnly) translated(path, () => claimConfiguration(database, path, configuration))
  } catch (error) {
    database.close()
    throw error
  }
  const { language = 'english' } = readConfiguration(database)
  const rankers = createRankers(database, options)
  const statements = createStatements(database)
  const writer = createWriter(database, statements, path, language)

  const attempt = <T>(work: () => T): T => {
    if (!database.isOpen) throw new RagError('closed', 'The store is closed')
    return translated(path, work)
  }
  const ask = <T>(work: () => T): Observable<T> => defer(() => of(attempt(work)))
  const read = <T>(work: () => T): Observable<T> => ask(() => inSnapshot(database, work))
  const refuse = () => {
    throw new InputError(`The index ${path} was opened to be read only.`)
  }
  const write = createWriteQueue(database, path, readOnly ? refuse : attempt)

  return {
    get configuration() {
      return readConfiguration(database)
    },
    search: (request) =>
      read(() => {
        const byNumber = database.prepare(`SELECT ${passageColumns} FROM passages p JOIN documents d ON d.number = p.document WHERE p.number = ?`)
        const found = rankPassages(rankers, request, language).flatMap(({ passage, score }): ScoredPassage[] => {
          const row = byNumber.get(passage)
          return row === undefined ? [] : [{ ...toPassage(row), score }]
        })
        return inOrderOfScore(found)
      }),
    sample: (count) => read(() => sample(database, count)),
    passages: (documentId, places = allPlaces) => read(() => passagesAt(database, documentId, places)),
    upsert: (document, passages) => write(() => writer.upsert(document, passages)),
    remove: (ids) => write(() => writer.remove(ids)),
    embeddings: (texts, embedder) => ask(() => storedEmbeddings(statements, texts, embedder)),
    fingerprints: (fileId) =>
      ask(() => {
        const rows =
          fileId === undefined
            ? statements('SELECT id, fingerprint FROM documents').all()
            : statements('SELECT id, fingerprint FROM documents WHERE file_id = ?').all(fileId)
        return new Map(rows.map((row) => [String(row['id']), String(row['fingerprint'])]))
      }),
    files: (root, below) =>
      ask(() => {
        // '0' comes after '/'.
        const some = below === undefined ? '' : " AND (id = ? OR (id > ? || '/' AND id < ? || '0'))"
        const given = below === undefined ? [] : [below, below, below]
        return database.prepare(`SELECT * FROM files WHERE root = coalesce(?, root)${some}`).all(root ?? null, ...given).map(toFile)
      }),
    commitFile: (file, documentIds) => write(() => writer.commitFile(file, documentIds)),
    removeFiles: (ids) => write(() => writer.removeFiles(ids)),
    stats: () =>
      ask(() => {
        const counts = database.prepare(
          'SELECT (SELECT count(*) FROM files) AS f, (SELECT count(*) FROM documents) AS d, (SELECT count(*) FROM passages) AS p',
        ).get()
        return { files: Number(counts?.['f']), documents: Number(counts?.['d']), passages: Number(counts?.['p']) }
      }),
    close: () => {
      if (database.isOpen) database.close()
    },
  }
}

/** Nothing above this folder sees an error of SQLite. */
function translated<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof RagError) throw error
    throw new RagError('index', `The index ${path} failed: ${describeIndexError(error, path)}.`, { cause: error })
  }
}

function passagesAt(database: DatabaseSync, documentId: string, { from, to }: PlaceRange): Passage[] {
  const rows = database
    .prepare(`SELECT ${passageColumns} FROM documents d JOIN passages p ON p.document = d.number WHERE d.id = ? AND p.place BETWEEN ? AND ? ORDER BY p.place`)
    .all(documentId, from, to)
  return rows.map(toPassage)
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
    return row === undefined ? [] : [{ ...toPassage(row), score: 0 }]
  })
}
