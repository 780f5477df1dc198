import type { Metadata, Passage } from '../types/document.ts'
import type { StoredFile } from '../types/ports.ts'

/** A row of a database. */
export type Row = Readonly<Record<string, unknown>>

/** Columns that `toPassage` reads. */
export const passageColumns = `p.number, p.place, p.text, p.start, p.tokens, p.line, p.page, p.headings,
  d.id AS document_id, d.title, d.uri, d.metadata`

/** A row of `passages p JOIN documents d` as a passage. */
export function toPassage(row: Row): Passage {
  const text = textOf(row['text'])
  const start = Number(row['start'])
  const documentId = textOf(row['document_id'])
  return {
    id: `${documentId}#${Number(row['place'])}`,
    documentId,
    text,
    start,
    end: start + text.length,
    tokens: Number(row['tokens']),
    headings: row['headings'] === null ? [] : (JSON.parse(textOf(row['headings'])) as string[]),
    line: Number(row['line']),
    ...(row['page'] === null ? {} : { page: Number(row['page']) }),
    ...(row['title'] === null ? {} : { title: textOf(row['title']) }),
    ...(row['uri'] === null ? {} : { uri: textOf(row['uri']) }),
    ...(row['metadata'] === null ? {} : { metadata: JSON.parse(textOf(row['metadata'])) as Metadata }),
  }
}

/** A row of `files` as a file. */
export function toFile(row: Row): StoredFile {
  return {
    id: textOf(row['id']),
    root: textOf(row['root']),
    stamp: textOf(row['stamp']),
    ...(row['skipped'] === null ? {} : { skipped: textOf(row['skipped']) }),
  }
}

/** Of a column that holds a text, as such or as its UTF-8 bytes. */
export function textOf(value: unknown): string {
  if (!(value instanceof Uint8Array)) return String(value)
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString()
}
