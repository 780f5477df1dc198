/** The embedded index: one SQLite file. Needs Node's own `node:sqlite`. */
export { sqliteStore } from './stores/sqlite/sqliteStore.ts'
export type { SqliteStore, SqliteStoreOptions } from './stores/sqlite/sqliteStore.ts'
export type { VectorOptions } from './internal/vectors/vectorMatrix.ts'
export type { Bm25Options } from './internal/weighTerms.ts'
export type { IndexConfiguration } from './stores/indexConfiguration.ts'
export { checkIndex } from './stores/sqlite/checkIndex.ts'
export type { IndexCheck } from './stores/indexCheck.ts'
