import { lastValueFrom } from 'rxjs'
import { InputError } from '../../errors.ts'
import { checkOptions } from '../checkOptions.ts'
import { Exit, exitCodes } from '../exit.ts'
import { openStore } from '../openStore.ts'
import type { DataOptions } from '../options.ts'
import { note } from '../print.ts'
import { count } from '../progress.ts'

/** Builds or updates an index file. */
export async function index(options: DataOptions): Promise<void> {
  checkOptions(options)
  if (options.data === undefined || options.index === undefined) {
    throw new InputError('Say what to read and where to keep it: --data FOLDER --index FILE.')
  }
  const { store, failed = 0 } = await openStore(options)
  const { documents, passages } = await lastValueFrom(store.stats())
  store.close()
  if (!options.quiet) note(`${options.index}: ${count(documents, 'document')}, ${count(passages, 'passage')}`)
  if (failed > 0) throw new Exit(exitCodes.someFailed)
}
