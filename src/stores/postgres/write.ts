import { checkEmbedding } from '../../internal/checkEmbedding.ts'
import { indexedTerms } from '../../internal/indexedTerms.ts'
import { placeOf } from '../../internal/placeOf.ts'
import type { EmbeddedPassage, Passage } from '../../types/document.ts'
import type { Language, StoredDocument, StoredFile } from '../../types/ports.ts'
import type { Row } from '../storedRows.ts'
import { keyOf, textHash } from '../textHash.ts'
import { claimDimensions } from './configuration.ts'
import { fieldsOf } from './fields.ts'
import { bytes, lockKey, termKey } from './keys.ts'
import type { Address } from './parseAddress.ts'
import type { Ask } from './transactions.ts'
import { vectorText } from './vectorText.ts'

type Passages = readonly (Passage | EmbeddedPassage)[]

/**
 * Replaces a document. Two writers of one document take turns, by a lock on its id that ends with the transaction; writers of different documents
 * share nothing that one of them could wait for, but the first embedding of an index.
 */
export async function upsert(ask: Ask, address: Address, language: Language, stored: StoredDocument, passages: Passages): Promise<void> {
  const { id } = stored.document
  await ask('SELECT pg_advisory_xact_lock($1)', [lockKey(address.schema, `document ${id}`)])
  await removeDocuments(ask, await ask('SELECT number FROM documents WHERE key = $1 FOR UPDATE', [keyOf(id)]))
  const embedded = passages.filter((passage) => 'embedding' in passage)
  const dimensions = embedded[0]?.embedding.length
  if (dimensions !== undefined) {
    for (const { embedding } of embedded) checkEmbedding(embedding, dimensions)
    await claimDimensions(ask, address, dimensions)
  }
  const terms = passages.map((passage) => indexedTerms(passage, language).map(termKey))
  const number = await insertDocument(ask, stored, terms)
  await insertPassages(ask, number, stored, passages, terms)
  if (embedded.length === 0) return
  await ask(
    `INSERT INTO embeddings (passage, embedding) SELECT p.number, e.embedding::vector FROM unnest($2::bigint[], $3::text[]) AS e (place, embedding)
     JOIN passages p ON p.document = $1 AND p.place = e.place`,
    [number, embedded.map(placeOf), embedded.map(({ embedding }) => vectorText(embedding))],
  )
}

async function insertDocument(ask: Ask, { document, fingerprint, fileId }: StoredDocument, terms: readonly (readonly string[])[]): Promise<unknown> {
  const { id, title, uri, metadata, bodyStart = 0 } = document
  const orNull = (text: string | undefined) => (text === undefined ? null : bytes(text))
  const [row] = await ask(
    `INSERT INTO documents (key, id, file, fingerprint, title, uri, metadata, body_start, passages, terms)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING number`,
    [
      keyOf(id), bytes(id), fileId === undefined ? null : keyOf(fileId), bytes(fingerprint), orNull(title), orNull(uri),
      orNull(metadata === undefined ? undefined : JSON.stringify(metadata)), bodyStart, terms.length, terms.reduce((sum, { length }) => sum + length, 0),
    ],
  )
  const fields = fieldsOf(document)
  await ask('INSERT INTO fields (document, name, kind, number, text) SELECT $1, * FROM unnest($2::bytea[], $3::text[], $4::float8[], $5::bytea[])', [
    row?.['number'], fields.map(({ name }) => name), fields.map(({ kind }) => kind), fields.map(({ number }) => number), fields.map(({ text }) => text),
  ])
  return row?.['number']
}

async function insertPassages(ask: Ask, document: unknown, { embedder }: StoredDocument, passages: Passages, terms: readonly (readonly string[])[]): Promise<void> {
  const columns = [
    passages.map(placeOf),
    passages.map(({ text }) => bytes(text)),
    passages.map(({ start }) => start),
    passages.map(({ tokens }) => tokens),
    passages.map(({ line }) => line),
    passages.map(({ page }) => page ?? null),
    passages.map(({ headings }) => (headings.length === 0 ? null : bytes(JSON.stringify(headings)))),
    passages.map((passage) => ('embedding' in passage && embedder !== undefined ? Buffer.from(textHash(embedder, passage.text)) : null)),
    terms.map((list) => `{${list.join(',')}}`),
  ]
  await ask(
    `INSERT INTO passages (document, place, text, start, tokens, line, page, headings, hash, terms)
     SELECT $1, place, text, start, tokens, line, page, headings, hash, terms::bigint[]
     FROM unnest($2::bigint[], $3::bytea[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bytea[], $9::bytea[], $10::text[])
       AS n (place, text, start, tokens, line, page, headings, hash, terms)`,
    [document, ...columns],
  )
  await ask(
    `INSERT INTO postings (term, passage, count, length)
     SELECT term, p.number, count(*), cardinality(p.terms) FROM passages p, unnest(p.terms) AS term WHERE p.document = $1 GROUP BY term, p.number`,
    [document],
  )
}

/** Emits how many went. Rows are locked in the order of keys, so that no two writers wait for each other. */
export async function removeIds(ask: Ask, ids: readonly string[]): Promise<number> {
  return removeDocuments(ask, await ask('SELECT number FROM documents WHERE key = ANY($1::bytea[]) ORDER BY key FOR UPDATE', [ids.map(keyOf)]))
}

export async function commitFile(ask: Ask, { id, root, stamp, skipped }: StoredFile, documentIds: readonly string[]): Promise<void> {
  await ask(
    `INSERT INTO files (key, id, root, stamp, skipped) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (key) DO UPDATE SET root = excluded.root, stamp = excluded.stamp, skipped = excluded.skipped`,
    [keyOf(id), bytes(id), bytes(root), bytes(stamp), skipped === undefined ? null : bytes(skipped)],
  )
  const gone = await ask('SELECT number FROM documents WHERE file = $1 AND key <> ALL($2::bytea[]) ORDER BY key FOR UPDATE', [keyOf(id), documentIds.map(keyOf)])
  await removeDocuments(ask, gone)
}

/** Emits how many documents went. */
export async function removeFiles(ask: Ask, ids: readonly string[]): Promise<number> {
  const keys = ids.map(keyOf)
  await ask('SELECT 1 FROM files WHERE key = ANY($1::bytea[]) ORDER BY key FOR UPDATE', [keys])
  await ask('DELETE FROM files WHERE key = ANY($1::bytea[])', [keys])
  return removeDocuments(ask, await ask('SELECT number FROM documents WHERE file = ANY($1::bytea[]) ORDER BY key FOR UPDATE', [keys]))
}

async function removeDocuments(ask: Ask, documents: readonly Row[]): Promise<number> {
  if (documents.length === 0) return 0
  const numbers = [documents.map(({ number }) => number)]
  await ask(
    `DELETE FROM postings USING (SELECT DISTINCT p.number, term FROM passages p, unnest(p.terms) AS term WHERE p.document = ANY($1::bigint[])) gone
     WHERE postings.term = gone.term AND postings.passage = gone.number`,
    numbers,
  )
  const [table] = await ask("SELECT to_regclass('embeddings') AS found")
  if (table?.['found'] !== null) await ask('DELETE FROM embeddings WHERE passage IN (SELECT number FROM passages WHERE document = ANY($1::bigint[]))', numbers)
  for (const [name, column] of [['passages', 'document'], ['fields', 'document'], ['documents', 'number']]) await ask(`DELETE FROM ${name} WHERE ${column} = ANY($1::bigint[])`, numbers)
  return documents.length
}
