import type { Bm25Options } from '../internal/weighTerms.ts'
import type { IndexConfiguration } from '../stores/indexConfiguration.ts'
import { parseAddress } from '../stores/postgres/parseAddress.ts'
import { sqliteStore } from '../stores/sqlite/sqliteStore.ts'
import type { PassageStore } from '../types/ports.ts'

export interface IndexStore extends PassageStore {
  /** What made it. */
  readonly configuration: IndexConfiguration
}

/** An index in PostgreSQL, not in a file. */
export function isAddress(index: string): boolean {
  return /^postgres(ql)?:/i.test(index)
}

/** The index as it may be printed: an address without its password. */
export function indexName(index: string): string {
  return isAddress(index) ? parseAddress(index).name : index
}

/** An index that is there, to search it. */
export async function openToRead(index: string, bm25: Bm25Options): Promise<IndexStore> {
  return isAddress(index) ? (await postgres()).postgresStore(index, { readOnly: true, bm25 }) : sqliteStore(index, { readOnly: true, bm25 })
}

/** An index that is there or is made, to write into it. */
export async function openToWrite(index: string, configuration: IndexConfiguration, bm25: Bm25Options): Promise<IndexStore> {
  return isAddress(index) ? (await postgres()).postgresStore(index, { configuration, bm25 }) : sqliteStore(index, { configuration, bm25 })
}

/** Only who needs it loads it. */
function postgres() {
  return import('../stores/postgres/postgresStore.ts')
}
