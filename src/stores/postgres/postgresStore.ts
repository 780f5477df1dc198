import { checkBm25 } from '../../internal/checkBm25.ts'
import { checkLanguage } from '../../internal/checkLanguage.ts'
import { allPlaces } from '../../internal/placeOf.ts'
import { requirePositiveInteger } from '../../internal/requirePositiveInteger.ts'
import type { Bm25Options } from '../../internal/weighTerms.ts'
import type { PassageStore } from '../../types/ports.ts'
import type { IndexConfiguration } from '../indexConfiguration.ts'
import { openIndex } from './openIndex.ts'
import { filesOf, fingerprints, passagesAt, sample, stats, storedEmbeddings } from './read.ts'
import { search } from './search.ts'
import { commitFile, removeFiles, removeIds, upsert } from './write.ts'

export interface PostgresStoreOptions {
  /** What will write to the index. Absent: it is only read, or was made before. */
  readonly configuration?: IndexConfiguration
  /** Nothing is made: an index that is not there is refused. Default false. */
  readonly readOnly?: boolean
  /** Of the search by words. */
  readonly bm25?: Bm25Options
  /** Connections at most; each search and each write under way needs one. Default: `connections=` of the address, or 8. */
  readonly connections?: number
  /** Passages up to which vectors are searched exactly; above, pgvector's graph names the candidates. `Infinity`: always. Default 10,000. */
  readonly exactUpTo?: number
}

export interface PostgresStore extends PassageStore {
  /** What made the index, as it was when it was opened. */
  readonly configuration: IndexConfiguration
}

/**
 * Keeps passages in a schema of a PostgreSQL database: `postgres://user:password@host:5432/database?schema=riffle`. Many processes may read and write
 * it at once. Needs the package `pg`, and for embeddings pgvector on the server.
 *
 * Fails with InputError when the server cannot be reached or lets nobody in, when the schema is another program's or of another format, or when the
 * index was made by another embedder, splitter or language; with InvalidOptionError when an option cannot work. No error holds the password.
 *
 * @example
 * const store = await postgresStore('postgres://riffle@localhost:5432/riffle')
 */
export async function postgresStore(address: string, options: PostgresStoreOptions = {}): Promise<PostgresStore> {
  const { bm25 = {}, exactUpTo = 10_000, connections, readOnly = false } = options
  checkBm25(bm25)
  checkLanguage(options.configuration?.language ?? 'english')
  if (connections !== undefined) requirePositiveInteger('connections', connections)
  if (exactUpTo !== Infinity) requirePositiveInteger('exactUpTo', exactUpTo)
  const { transactions, configuration } = await openIndex(address, { connections, readOnly, wanted: options.configuration })
  const { language = 'english' } = configuration
  const { read, write } = transactions

  return {
    configuration,
    search: (request) => read((ask) => search(ask, request, { language, bm25, exactUpTo })),
    sample: (count) => read((ask) => sample(ask, count)),
    passages: (documentId, places = allPlaces) => read((ask) => passagesAt(ask, documentId, places)),
    upsert: (document, passages) => write((ask) => upsert(ask, transactions.address, language, document, passages)),
    remove: (ids) => write((ask) => removeIds(ask, ids)),
    embeddings: (texts, embedder) => read((ask) => storedEmbeddings(ask, texts, embedder)),
    fingerprints: (fileId) => read((ask) => fingerprints(ask, fileId)),
    files: (root, below) => read((ask) => filesOf(ask, root, below)),
    commitFile: (file, documentIds) => write((ask) => commitFile(ask, file, documentIds)),
    removeFiles: (ids) => write((ask) => removeFiles(ask, ids)),
    stats: () => read(stats),
    close: () => transactions.close(),
  }
}
