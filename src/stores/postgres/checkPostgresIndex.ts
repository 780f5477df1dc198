import { lastValueFrom } from 'rxjs'
import { type IndexCheck, counted, createRowChecks } from '../indexCheck.ts'
import { type Row, textOf } from '../storedRows.ts'
import { openIndex } from './openIndex.ts'
import type { Ask } from './transactions.ts'
import { parseVector } from './vectorText.ts'

/** Rows read at once. */
const pageSize = 500

/**
 * Looks whether an index in PostgreSQL is whole: what Riffle holds to be true of it. It only reads, one commit of it, and while others write. What the
 * server keeps of tables and files is its own to check.
 *
 * Fails with InputError when there is no such index, or it is not of this version's format.
 */
export async function checkPostgresIndex(address: string): Promise<IndexCheck> {
  const { transactions } = await openIndex(address, { connections: 1, readOnly: true, wanted: undefined })
  try {
    return await lastValueFrom(transactions.read(checkAll))
  } finally {
    transactions.close()
  }
}

async function checkAll(ask: Ask): Promise<IndexCheck> {
  const present = new Set((await ask('SELECT relname FROM pg_class WHERE relkind = $1 AND pg_table_is_visible(oid)', ['r'])).map(({ relname }) => relname))
  const missing = ['files', 'documents', 'fields', 'passages', 'postings'].filter((table) => !present.has(table))
  if (missing.length > 0) return { problems: missing.map((table) => `The table ${table} is missing`), files: 0, documents: 0, passages: 0, embeddings: 0, roots: [] }
  const hasEmbeddings = present.has('embeddings')
  const numberOf = async (sql: string): Promise<number> => Number((await ask(sql))[0]?.['n'])
  const problems: string[] = []
  for (const [sql, what] of [...rules, ...(hasEmbeddings ? vectorRules : [])]) {
    const n = await numberOf(sql)
    if (n > 0) problems.push(what(n))
  }
  return {
    problems: [...problems, ...(await checkRows(ask, hasEmbeddings))],
    files: await numberOf('SELECT count(*) AS n FROM files'),
    documents: await numberOf('SELECT count(*) AS n FROM documents'),
    passages: await numberOf('SELECT count(*) AS n FROM passages'),
    embeddings: hasEmbeddings ? await numberOf('SELECT count(*) AS n FROM embeddings') : 0,
    roots: (await ask('SELECT DISTINCT root FROM files ORDER BY root')).map(({ root }) => textOf(root)),
  }
}

async function checkRows(ask: Ask, hasEmbeddings: boolean): Promise<string[]> {
  const checks = createRowChecks()
  const passages = `SELECT document, place, start, tokens, line, convert_from(headings, 'UTF8') AS headings, text FROM passages
    WHERE (document, place) > ($1::bigint, $2::bigint) ORDER BY document, place`
  for await (const { document, start, tokens, line, headings, text } of pages(ask, passages, { document: 0, place: -1 })) {
    checks.passage({ document, start: Number(start), tokens: Number(tokens), line: Number(line), headings, text })
  }
  const documents = "SELECT number, convert_from(metadata, 'UTF8') AS metadata FROM documents WHERE number > $1 ORDER BY number"
  for await (const { metadata } of pages(ask, documents, { number: 0 })) checks.metadata(metadata)
  if (!hasEmbeddings) return checks.faults()
  const embeddings = 'SELECT passage, embedding::text AS embedding FROM embeddings WHERE passage > $1 ORDER BY passage'
  for await (const { embedding } of pages(ask, embeddings, { passage: 0 })) checks.embedding(parseVector(embedding))
  return checks.faults()
}

/** All rows, a page at a time: each begins behind the values that the last row had in the columns of `first`. */
async function* pages(ask: Ask, sql: string, first: Row): AsyncGenerator<Row> {
  const columns = Object.keys(first)
  for (let last: Row | undefined = first; last !== undefined;) {
    const from: Row = last
    const rows = await ask(`${sql} LIMIT ${pageSize}`, columns.map((column) => from[column]))
    yield* rows
    last = rows.length < pageSize ? undefined : rows.at(-1)
  }
}

type Rule = readonly [sql: string, what: (n: number) => string]

/** Each counts what may not be there. */
const rules: readonly Rule[] = [
  [
    'SELECT count(*) AS n FROM documents d WHERE file IS NOT NULL AND NOT EXISTS (SELECT 1 FROM files WHERE key = d.file)',
    (n) => `${counted(n, 'document is of a file', 'documents are of files')} that the index does not know`,
  ],
  [
    'SELECT count(*) AS n FROM passages p WHERE NOT EXISTS (SELECT 1 FROM documents WHERE number = p.document)',
    (n) => `${counted(n, 'passage belongs', 'passages belong')} to no document`,
  ],
  [
    'SELECT count(*) AS n FROM (SELECT 1 FROM passages GROUP BY document HAVING min(place) <> 0 OR max(place) <> count(*) - 1) d',
    (n) => `${counted(n, 'document lacks', 'documents lack')} passages between others`,
  ],
  [
    `SELECT count(*) AS n FROM documents d
     WHERE (passages, terms) <> (SELECT count(*), coalesce(sum(cardinality(p.terms)), 0) FROM passages p WHERE p.document = d.number)`,
    (n) => `${counted(n, 'document counts', 'documents count')} other passages or words than are there`,
  ],
  [
    'SELECT count(*) AS n FROM (SELECT DISTINCT document FROM fields f WHERE NOT EXISTS (SELECT 1 FROM documents WHERE number = f.document)) f',
    (n) => `The metadata of ${counted(n, 'document', 'documents')} that ${n === 1 ? 'is' : 'are'} not there`,
  ],
  [
    'SELECT count(*) AS n FROM documents d WHERE NOT EXISTS (SELECT 1 FROM fields WHERE document = d.number)',
    (n) => `${counted(n, 'document', 'documents')} cannot be found by a filter`,
  ],
  [
    `SELECT count(DISTINCT number) AS n FROM (
       SELECT p.number, term, count(*)::integer, cardinality(p.terms) FROM passages p, unnest(p.terms) AS term GROUP BY p.number, term
       EXCEPT SELECT passage, term, count, length FROM postings) missing`,
    (n) => `${counted(n, 'passage', 'passages')} cannot be found by all of ${n === 1 ? 'its' : 'their'} words`,
  ],
  [
    'SELECT count(DISTINCT passage) AS n FROM postings o WHERE NOT EXISTS (SELECT 1 FROM passages WHERE number = o.passage AND o.term = ANY(terms))',
    (n) => `${counted(n, 'passage is', 'passages are')} found by words that ${n === 1 ? 'it has' : 'they have'} not`,
  ],
]

const vectorRules: readonly Rule[] = [
  [
    `SELECT count(*) AS n FROM passages p WHERE NOT EXISTS (SELECT 1 FROM embeddings WHERE passage = p.number)
       AND EXISTS (SELECT 1 FROM configuration WHERE name = 'embedder')`,
    (n) => `${counted(n, 'passage has', 'passages have')} no embedding`,
  ],
  [
    'SELECT count(*) AS n FROM embeddings e WHERE NOT EXISTS (SELECT 1 FROM passages WHERE number = e.passage)',
    (n) => `${counted(n, 'embedding', 'embeddings')} of passages that are not there`,
  ],
]
