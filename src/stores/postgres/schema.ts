import { lastValueFrom } from 'rxjs'
import { InputError } from '../../errors.ts'
import { lockKey } from './keys.ts'
import { readConfiguration } from './configuration.ts'
import { sqlState } from './describePostgresError.ts'
import type { Ask, Transactions } from './transactions.ts'

/** Raised when the tables change; an index of another version is refused. */
export const schemaVersion = 1

/**
 * Texts are UTF-8 bytes: PostgreSQL's texts take no NUL, and order and encoding are the database's. A key is a hash (`keyOf`), for an index takes no
 * long texts. `fields` holds each value of the metadata by the path to it, for filters. `passages.terms` are the hashes of the passage's terms in
 * order, `postings` the same by term: which passages hold it, how often, and how many terms each of them has. `embeddings` is made with the first
 * embedding, for only it needs pgvector.
 */
const tables = `
  CREATE TABLE configuration (name text PRIMARY KEY, value text NOT NULL);
  CREATE TABLE files (key bytea PRIMARY KEY, id bytea NOT NULL, root bytea NOT NULL, stamp bytea NOT NULL, skipped bytea);
  CREATE TABLE documents (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, key bytea NOT NULL UNIQUE, id bytea NOT NULL, file bytea, fingerprint bytea NOT NULL,
    title bytea, uri bytea, metadata bytea, body_start bigint NOT NULL, passages bigint NOT NULL, terms bigint NOT NULL);
  CREATE INDEX documents_by_file ON documents (file) WHERE file IS NOT NULL;
  CREATE TABLE fields (document bigint NOT NULL, name bytea NOT NULL, kind text NOT NULL, number float8, text bytea);
  CREATE INDEX fields_by_document ON fields (document);
  CREATE INDEX fields_by_name ON fields (name, number, substring(text from 1 for 64));
  CREATE TABLE passages (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, document bigint NOT NULL, place bigint NOT NULL, text bytea NOT NULL,
    start bigint NOT NULL, tokens bigint NOT NULL, line bigint NOT NULL, page bigint, headings bytea, hash bytea, terms bigint[] NOT NULL);
  CREATE UNIQUE INDEX passages_by_document ON passages (document, place);
  CREATE INDEX passages_by_hash ON passages (hash) WHERE hash IS NOT NULL;
  CREATE TABLE postings (
    term bigint, passage bigint, count integer NOT NULL, length integer NOT NULL, PRIMARY KEY (term, passage) INCLUDE (count, length));
`

/** Makes the tables where there are none. Fails when there is no index and none may be made, when it is another program's, or of another format. */
export async function requireIndex(transactions: Transactions, readOnly: boolean): Promise<void> {
  const { name, schema } = transactions.address
  const found = await lastValueFrom(transactions.read((ask) => lookAt(ask, schema)))
  if (found === 'none') {
    if (readOnly) throw new InputError(`No index at ${name}. Make it: riffle index --data FOLDER --index '${name}'`)
    await lastValueFrom(transactions.write((ask) => createTables(ask, schema)))
  }
  if (found === 'foreign') throw foreign(name, schema)
  const version = await lastValueFrom(transactions.read(readConfiguration)).then(
    (configuration) => configuration.version,
    (error: unknown) => {
      // It has a table of this name, with other columns.
      if (error instanceof Error && sqlState(error.cause) === '42703') throw foreign(name, schema)
      throw error
    },
  )
  if (version === undefined) throw foreign(name, schema)
  if (version === schemaVersion) return
  throw new InputError(`The index ${name} has format ${version}, this version of Riffle reads format ${schemaVersion}. Build it again.`)
}

async function lookAt(ask: Ask, schema: string): Promise<'none' | 'foreign' | 'ours'> {
  const rows = await ask('SELECT relname FROM pg_class WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1)', [schema])
  if (rows.length === 0) return 'none'
  return rows.some(({ relname }) => relname === 'configuration') ? 'ours' : 'foreign'
}

async function createTables(ask: Ask, schema: string): Promise<void> {
  await ask('SELECT pg_advisory_xact_lock($1)', [lockKey(schema, 'tables')])
  // Another may have been first.
  if ((await lookAt(ask, schema)) !== 'none') return
  const [existing] = await ask('SELECT 1 FROM pg_namespace WHERE nspname = $1', [schema])
  if (existing === undefined) await ask(`CREATE SCHEMA "${schema}"`)
  await ask(tables)
  await ask("INSERT INTO configuration (name, value) VALUES ('version', $1)", [String(schemaVersion)])
}

function foreign(name: string, schema: string): InputError {
  return new InputError(`Cannot open the index ${name}: the schema ${schema} of this database is another program's. Name another: ?schema=my_index behind the address.`)
}
