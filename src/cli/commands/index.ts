import { openStore } from '../openStore.ts'
import type { DataOptions } from '../options.ts'
import { note } from '../print.ts'
import { count } from '../progress.ts'
import { lastValueFrom } from 'rxjs'

/** Builds or updates an index file. */
export async function index(options: DataOptions): Promise<void> {
  const { store } = await openStore(options)
  const { documents, passages } = await lastValueFrom(store.stats())
  store.close()
  if (!options.quiet) note(`${options.index}: ${count(documents)} documents, ${count(passages)} passages`)
}
