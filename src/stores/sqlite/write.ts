import type { DatabaseSync } from 'node:sqlite'
import { checkEmbedding } from '../../internal/checkEmbedding.ts'
import { indexedTerms } from '../../internal/indexedTerms.ts'
import { placeOf } from '../../internal/placeOf.ts'
import type { EmbeddedPassage, Passage } from '../../types/document.ts'
import type { Language, StoredDocument, StoredFile } from '../../types/ports.ts'
import { textHash } from '../textHash.ts'
import { claimDimensions } from './configuration.ts'
import type { Statements } from './statements.ts'

/** The writing half of the store; every function is called inside a transaction. */
export function createWriter(database: DatabaseSync, statements: Statements, path: string, language: Language) {
  const removeOne = (id: string): number => {
    const number = statements('SELECT number FROM documents WHERE id = ?').get(id)?.['number']
    if (typeof number !== 'number') return 0
    statements('DELETE FROM terms WHERE rowid IN (SELECT number FROM passages WHERE document = ?)').run(number)
    statements('DELETE FROM embeddings WHERE passage IN (SELECT number FROM passages WHERE document = ?)').run(number)
    statements('DELETE FROM passages WHERE document = ?').run(number)
    statements('DELETE FROM documents WHERE number = ?').run(number)
    return 1
  }
  const removeAll = (ids: readonly string[]): number => ids.reduce((sum, id) => sum + removeOne(id), 0)
  const documentsOf = (fileId: string): string[] =>
    statements('SELECT id FROM documents WHERE file_id = ?').all(fileId).map((row) => String(row['id']))

  const claimDimensionsOf = (passages: readonly (Passage | EmbeddedPassage)[]): void => {
    const embeddings = passages.flatMap((passage) => ('embedding' in passage ? [passage.embedding] : []))
    const dimensions = embeddings[0]?.length
    if (dimensions === undefined) return
    for (const embedding of embeddings) checkEmbedding(embedding, dimensions)
    const claimed = statements("SELECT value FROM configuration WHERE name = 'dimensions'").get()?.['value']
    if (claimed !== String(dimensions)) claimDimensions(database, path, dimensions)
  }
  const insertDocument = ({ document, fingerprint, fileId }: StoredDocument): number => {
    const { id, title, uri, metadata, bodyStart } = document
    const { lastInsertRowid } = statements(
      'INSERT INTO documents (id, file_id, fingerprint, title, uri, metadata, body_start) VALUES (?, ?, ?, ?, ?, ?, ?)',
    ).run(id, fileId ?? null, fingerprint, title ?? null, uri ?? null, metadata === undefined ? null : JSON.stringify(metadata), bodyStart ?? 0)
    return Number(lastInsertRowid)
  }
  const insertPassage = (document: number, passage: Passage | EmbeddedPassage, embedder: string | undefined): void => {
    const { text, start, tokens, line, page, headings } = passage
    const hash = 'embedding' in passage && embedder !== undefined ? textHash(embedder, text) : null
    const { lastInsertRowid: number } = statements(
      'INSERT INTO passages (document, place, text, start, tokens, line, page, headings, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    ).run(document, placeOf(passage), Buffer.from(text), start, tokens, line, page ?? null, headings.length === 0 ? null : JSON.stringify(headings), hash)
    statements('INSERT INTO terms (rowid, passage_terms) VALUES (?, ?)').run(number, indexedTerms(passage, language).join(' '))
    if ('embedding' in passage) {
      const { buffer, byteOffset, byteLength } = passage.embedding
      // OR FAIL: whatever fails, the transaction is taken back. A savepoint for this statement and its triggers would make FTS5 write a segment at each.
      statements('INSERT OR FAIL INTO embeddings (passage, embedding) VALUES (?, ?)').run(number, new Uint8Array(buffer, byteOffset, byteLength))
    }
  }

  return {
    upsert(document: StoredDocument, passages: readonly (Passage | EmbeddedPassage)[]): void {
      removeOne(document.document.id)
      claimDimensionsOf(passages)
      const number = insertDocument(document)
      for (const passage of passages) insertPassage(number, passage, document.embedder)
    },
    remove: removeAll,
    commitFile(file: StoredFile, documentIds: readonly string[]): void {
      const kept = new Set(documentIds)
      removeAll(documentsOf(file.id).filter((id) => !kept.has(id)))
      statements('INSERT OR REPLACE INTO files (id, root, stamp, skipped) VALUES (?, ?, ?, ?)')
        .run(file.id, file.root, file.stamp, file.skipped ?? null)
    },
    removeFiles(ids: readonly string[]): number {
      for (const id of ids) statements('DELETE FROM files WHERE id = ?').run(id)
      return removeAll(ids.flatMap(documentsOf))
    },
  }
}
