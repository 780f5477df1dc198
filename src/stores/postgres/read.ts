import { sampleSpread } from '../../internal/sampleSpread.ts'
import type { Embedding, Passage, ScoredPassage } from '../../types/document.ts'
import type { PlaceRange, StoreStats, StoredFile } from '../../types/ports.ts'
import { passageColumns, textOf, toFile, toPassage } from '../storedRows.ts'
import { keyOf, textHash } from '../textHash.ts'
import { readConfiguration } from './configuration.ts'
import { bytes } from './keys.ts'
import type { Ask } from './transactions.ts'
import { parseVector } from './vectorText.ts'

export async function passagesAt(ask: Ask, documentId: string, { from, to }: PlaceRange): Promise<Passage[]> {
  const rows = await ask(
    `SELECT ${passageColumns} FROM documents d JOIN passages p ON p.document = d.number WHERE d.key = $1 AND p.place BETWEEN $2 AND $3 ORDER BY p.place`,
    [keyOf(documentId), from, to],
  )
  return rows.map(toPassage)
}

export async function sample(ask: Ask, count: number): Promise<ScoredPassage[]> {
  const documents = await ask('SELECT number, passages FROM documents ORDER BY id')
  const chosen = sampleSpread(documents.map(({ passages }) => Number(passages)), count)
  const rows = await ask(
    `SELECT ${passageColumns} FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS c (document, before, rank)
     JOIN documents d ON d.number = c.document, LATERAL (SELECT * FROM passages WHERE document = c.document ORDER BY place LIMIT 1 OFFSET c.before) p
     ORDER BY c.rank`,
    [chosen.map(({ document }) => documents[document]?.['number']), chosen.map(({ passage }) => passage)],
  )
  return rows.map((row) => ({ ...toPassage(row), score: 0 }))
}

/** The embeddings that are there already for such texts, by text. */
export async function storedEmbeddings(ask: Ask, texts: readonly string[], embedder: string): Promise<Map<string, Embedding>> {
  const { dimensions } = await readConfiguration(ask)
  if (dimensions === undefined || texts.length === 0) return new Map()
  const byHash = new Map([...new Set(texts)].map((text) => [Buffer.from(textHash(embedder, text)).toString('hex'), text]))
  const rows = await ask(
    `SELECT DISTINCT ON (p.hash) encode(p.hash, 'hex') AS hash, e.embedding::text AS embedding FROM passages p JOIN embeddings e ON e.passage = p.number
     WHERE p.hash = ANY($1::bytea[])`,
    [[...byHash.keys()].map((hash) => Buffer.from(hash, 'hex'))],
  )
  return new Map(rows.map(({ hash, embedding }) => [byHash.get(String(hash)) ?? '', parseVector(embedding)]))
}

export async function fingerprints(ask: Ask, fileId: string | undefined): Promise<Map<string, string>> {
  const rows = fileId === undefined
    ? await ask('SELECT id, fingerprint FROM documents')
    : await ask('SELECT id, fingerprint FROM documents WHERE file = $1', [keyOf(fileId)])
  return new Map(rows.map(({ id, fingerprint }) => [textOf(id), textOf(fingerprint)]))
}

export async function filesOf(ask: Ask, root: string | undefined, below: string | undefined): Promise<StoredFile[]> {
  const orNull = (text: string | undefined) => (text === undefined ? null : bytes(text))
  // '0' comes after '/'.
  const rows = await ask(
    `SELECT * FROM files WHERE ($1::bytea IS NULL OR root = $1) AND ($2::bytea IS NULL OR id = $2 OR (id > $2 || '/'::bytea AND id < $2 || '0'::bytea))`,
    [orNull(root), orNull(below)],
  )
  return rows.map(toFile)
}

export async function stats(ask: Ask): Promise<StoreStats> {
  const [row] = await ask('SELECT (SELECT count(*) FROM files) AS files, (SELECT count(*) FROM documents) AS documents, (SELECT count(*) FROM passages) AS passages')
  return { files: Number(row?.['files']), documents: Number(row?.['documents']), passages: Number(row?.['passages']) }
}
