import type { DatabaseSync } from 'node:sqlite'
import { inTransaction } from './transaction.ts'

/** Raised when the tables change so that another version would read or write them wrongly; an index of another version is refused. */
export const schemaVersion = 2

/**
 * Texts are UTF-8 bytes: some versions of Node end a text column at a NUL character.
 * `terms` is an FTS5 index over terms that `analyze` made, so its own tokenizer only cuts at blanks; it keeps no text.
 * Ranking is ours: FTS5 keeps where each term stands and how many terms a passage has (`createPostings`).
 * `passages.number` is its rowid. `passages.hash` is that of the text, of passages whose embedding may be used again.
 */
export function createTables(database: DatabaseSync, path: string): void {
  inTransaction(database, path, () => {
    database.exec(tables)
    database.prepare("INSERT OR IGNORE INTO configuration (name, value) VALUES ('version', ?)").run(String(schemaVersion))
  })
}

/**
 * Adds what readers follow changes by, to an index that was made without. The file itself keeps it, so also versions of Riffle that do not know it do.
 * Only the newest changes are there: a reader that missed more reads all.
 */
export function createChangeLog(database: DatabaseSync, path: string): void {
  if (hasChangeLog(database)) return
  inTransaction(database, path, () => database.exec(changeLog))
}

export function hasChangeLog(database: Pick<DatabaseSync, 'prepare'>): boolean {
  return database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'embedding_changes'").get() !== undefined
}

const changeLog = `
  CREATE TABLE IF NOT EXISTS embedding_changes (change INTEGER PRIMARY KEY, passage INTEGER NOT NULL);
  ${noteAfter('INSERT', 'new')} ${noteAfter('UPDATE', 'new')} ${noteAfter('DELETE', 'old')}
`

function noteAfter(event: string, row: string): string {
  return `CREATE TRIGGER IF NOT EXISTS embedding_after_${event.toLowerCase()} AFTER ${event} ON embeddings BEGIN
    INSERT INTO embedding_changes (passage) VALUES (${row}.passage);
    DELETE FROM embedding_changes WHERE change <= (SELECT max(change) FROM embedding_changes) - 65536;
  END;`
}

const tables = `
  CREATE TABLE IF NOT EXISTS configuration (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS files (id TEXT PRIMARY KEY, root TEXT NOT NULL, stamp TEXT NOT NULL, skipped TEXT) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS documents (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, file_id TEXT, fingerprint TEXT NOT NULL,
    title TEXT, uri TEXT, metadata TEXT, body_start INTEGER NOT NULL DEFAULT 0);
  CREATE INDEX IF NOT EXISTS documents_by_file ON documents (file_id);
  CREATE TABLE IF NOT EXISTS passages (
    number INTEGER PRIMARY KEY, document INTEGER NOT NULL, place INTEGER NOT NULL, text BLOB NOT NULL,
    start INTEGER NOT NULL, tokens INTEGER NOT NULL, line INTEGER NOT NULL, page INTEGER, headings TEXT, hash BLOB);
  CREATE INDEX IF NOT EXISTS passages_by_hash ON passages (hash) WHERE hash IS NOT NULL;
  CREATE UNIQUE INDEX IF NOT EXISTS passages_by_document ON passages (document, place);
  CREATE TABLE IF NOT EXISTS embeddings (passage INTEGER PRIMARY KEY, embedding BLOB NOT NULL);
  CREATE VIRTUAL TABLE IF NOT EXISTS terms USING fts5(
    passage_terms, content = '', contentless_delete = 1, tokenize = "ascii tokenchars '._'");
`
