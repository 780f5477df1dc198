import { lastValueFrom } from 'rxjs'
import { InputError } from '../../errors.ts'
import { checkOptions } from '../checkOptions.ts'
import { checkStore } from '../checkStore.ts'
import { Exit, exitCodes } from '../exit.ts'
import { holdMemory } from '../holdMemory.ts'
import { indexName } from '../openIndex.ts'
import { openStore } from '../openStore.ts'
import type { DataOptions } from '../options.ts'
import { note } from '../print.ts'
import { count } from '../progress.ts'
import { watchStore } from '../watchStore.ts'

export interface IndexOptions extends DataOptions {
  readonly watch: boolean
  readonly check: boolean
}

/** Builds or updates an index, in a file or in PostgreSQL, and keeps it so with `--watch`; or looks whether it is whole, with `--check`. */
export async function index(options: IndexOptions): Promise<void> {
  checkOptions(options)
  if (options.check && options.watch) throw new InputError('Say either --check or --watch.')
  if (options.check) return checkStore(options)
  if (options.data === undefined || options.index === undefined) {
    throw new InputError('Say what to read and where to keep it: --data FOLDER --index FILE.')
  }
  holdMemory()
  const { store, updated, failed = 0 } = await openStore(options)
  const { documents, passages } = await lastValueFrom(store.stats())
  if (!options.quiet) note(`${indexName(options.index)}: ${count(documents, 'document')}, ${count(passages, 'passage')}`)
  if (options.watch && updated !== undefined) await watchStore(options.data, updated, options.quiet)
  store.close()
  if (failed > 0) throw new Exit(exitCodes.someFailed)
}
