import { DatabaseSync } from 'node:sqlite'

/** All that an index says of files (but for their stamps, which depend on when it was made), documents and passages; equal for indexes of equal folders. */
export function indexContent(path: string): { files: unknown[]; documents: unknown[]; passages: unknown[] } {
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    const all = (sql: string) => database.prepare(sql).all()
    database.exec('BEGIN')
    return {
      files: all('SELECT id, root, skipped FROM files ORDER BY id'),
      documents: all('SELECT id, file_id, fingerprint, title FROM documents ORDER BY id'),
      passages: all(`SELECT d.id, p.place, p.start, cast(p.text AS TEXT) AS text FROM passages p JOIN documents d ON d.number = p.document ORDER BY d.id, p.place`),
    }
  } finally {
    database.close()
  }
}
