/** The shared index: a schema of a PostgreSQL database. Needs the package `pg`, and pgvector on the server for embeddings. */
export { postgresStore } from './stores/postgres/postgresStore.ts'
export type { PostgresStore, PostgresStoreOptions } from './stores/postgres/postgresStore.ts'
export type { Bm25Options } from './internal/weighTerms.ts'
export type { IndexConfiguration } from './stores/indexConfiguration.ts'
export { checkPostgresIndex } from './stores/postgres/checkPostgresIndex.ts'
export type { IndexCheck } from './stores/indexCheck.ts'
