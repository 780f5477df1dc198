import type { DatabaseSync } from 'node:sqlite'
import { InputError } from '../../errors.ts'
import { counted, type IndexCheck } from '../indexCheck.ts'
import { checkPassages } from './checkPassages.ts'
import { describeIndexError, resultCode } from './describeIndexError.ts'
import { emptyIndex, isIndex, openToRead, requireFile } from './openIndex.ts'
import { inSnapshot } from './transaction.ts'

const nothing = { files: 0, documents: 0, passages: 0, embeddings: 0, roots: [] }

/** Lines of SQLite's own check that are told. */
const maxLines = 5

/**
 * Looks whether an index is whole: the file by SQLite's own check, then what Riffle holds to be true of it. It only reads, one commit
 * of it, and while others write.
 *
 * @throws InputError when there is no such file, or it is no index of this version's format.
 */
export function checkIndex(path: string): IndexCheck {
  requireFile(path)
  let database: DatabaseSync | undefined
  try {
    database = openToRead(path)
    const found = database
    return inSnapshot(found, () => checkAll(found, path))
  } catch (error) {
    if (error instanceof InputError) throw error
    if (isDamage(error)) return { ...nothing, problems: [damage(error)] }
    throw new InputError(`Cannot open the index ${path}: ${describeIndexError(error, path)}.`, { cause: error })
  } finally {
    database?.close()
  }
}

function checkAll(database: DatabaseSync, path: string): IndexCheck {
  const problems: string[] = []
  /** A damaged file fails anywhere; the other checks go on. */
  const attempt = <T>(otherwise: T, look: () => T): T => {
    try {
      return look()
    } catch (error) {
      if (error instanceof InputError || !isDamage(error)) throw error
      const line = damage(error)
      if (!problems.includes(line)) problems.push(line)
      return otherwise
    }
  }
  const numberOf = (sql: string): number => attempt(0, () => Number(database.prepare(sql).get()?.['n']))
  if (!attempt(true, () => isIndex(database, path))) throw emptyIndex(path)
  attempt(undefined, () => {
    const lines = database.prepare(`PRAGMA integrity_check(${maxLines})`).all().map((row) => String(row['integrity_check']))
    if (lines[0] !== 'ok') problems.push(...lines.map((line) => `The file is damaged: ${line.replace(/\s+/g, ' ')}`))
  })
  for (const [sql, what] of rules) {
    const n = numberOf(sql)
    if (n > 0) problems.push(what(n))
  }
  problems.push(...attempt([], () => checkPassages(database)))
  return {
    problems,
    files: numberOf('SELECT count(*) AS n FROM files'),
    documents: numberOf('SELECT count(*) AS n FROM documents'),
    passages: numberOf('SELECT count(*) AS n FROM passages'),
    embeddings: numberOf('SELECT count(*) AS n FROM embeddings'),
    roots: attempt([], () => database.prepare('SELECT DISTINCT root FROM files ORDER BY root').all().map((row) => String(row['root']))),
  }
}

/** Each counts what may not be there. */
const rules: readonly (readonly [sql: string, what: (n: number) => string])[] = [
  [
    'SELECT count(*) AS n FROM documents WHERE file_id NOT IN (SELECT id FROM files)',
    (n) => `${counted(n, 'document is of a file', 'documents are of files')} that the index does not know`,
  ],
  [
    'SELECT count(*) AS n FROM passages WHERE document NOT IN (SELECT number FROM documents)',
    (n) => `${counted(n, 'passage belongs', 'passages belong')} to no document`,
  ],
  [
    `SELECT count(*) AS n FROM (SELECT 1 FROM passages GROUP BY document HAVING min(place) <> 0 OR max(place) <> count(*) - 1)`,
    (n) => `${counted(n, 'document lacks', 'documents lack')} passages between others`,
  ],
  [
    'SELECT count(*) AS n FROM passages WHERE number NOT IN (SELECT id FROM terms_docsize)',
    (n) => `${counted(n, 'passage', 'passages')} cannot be found by words`,
  ],
  [
    'SELECT count(*) AS n FROM terms_docsize WHERE id NOT IN (SELECT number FROM passages)',
    (n) => `The words of ${counted(n, 'passage', 'passages')} that ${n === 1 ? 'is' : 'are'} not there`,
  ],
  [
    `SELECT count(*) AS n FROM passages WHERE number NOT IN (SELECT passage FROM embeddings)
       AND EXISTS (SELECT 1 FROM configuration WHERE name = 'embedder')`,
    (n) => `${counted(n, 'passage has', 'passages have')} no embedding`,
  ],
  [
    'SELECT count(*) AS n FROM embeddings WHERE passage NOT IN (SELECT number FROM passages)',
    (n) => `${counted(n, 'embedding', 'embeddings')} of passages that are not there`,
  ],
  [
    "SELECT count(*) AS n FROM embeddings WHERE length(embedding) <> 4 * (SELECT value FROM configuration WHERE name = 'dimensions')",
    (n) => `${counted(n, 'embedding has', 'embeddings have')} another length than the index says`,
  ],
]

/** SQLITE_ERROR (a table is missing), SQLITE_CORRUPT, SQLITE_FORMAT. */
function isDamage(error: unknown): boolean {
  return [1, 11, 24].includes(resultCode(error))
}

function damage(error: unknown): string {
  return `The file is damaged: ${error instanceof Error ? error.message : String(error)}`
}
