import type { SQLOutputValue } from 'node:sqlite'
import type { Metadata, ScoredPassage } from '../../types/document.ts'

/** Columns that `toPassage` reads. */
export const passageColumns = `p.number, p.place, p.text, p.start, p.tokens, p.line, p.page, p.headings,
  d.id AS document_id, d.title, d.uri, d.metadata`

type Row = Readonly<Record<string, SQLOutputValue>>

/** A row of `passages p JOIN documents d` as a passage. */
export function toPassage(row: Row, score: number): ScoredPassage {
  const text = readText(row)
  const start = Number(row['start'])
  const documentId = String(row['document_id'])
  return {
    id: `${documentId}#${Number(row['place'])}`,
    documentId,
    text,
    start,
    end: start + text.length,
    tokens: Number(row['tokens']),
    headings: row['headings'] === null ? [] : (JSON.parse(String(row['headings'])) as string[]),
    line: Number(row['line']),
    ...(row['page'] === null ? {} : { page: Number(row['page']) }),
    ...(row['title'] === null ? {} : { title: String(row['title']) }),
    ...(row['uri'] === null ? {} : { uri: String(row['uri']) }),
    ...(row['metadata'] === null ? {} : { metadata: JSON.parse(String(row['metadata'])) as Metadata }),
    score,
  }
}

/** The text of a row of `passages`. */
export function readText(row: Row): string {
  const { buffer, byteOffset, byteLength } = row['text'] as Uint8Array
  return Buffer.from(buffer, byteOffset, byteLength).toString('utf8')
}
