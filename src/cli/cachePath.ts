import { createHash } from 'node:crypto'
import { realpathSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { InputError } from '../errors.ts'
import { schemaVersion } from '../stores/sqlite/schema.ts'
import { environment } from './environment.ts'

/** Where the index of these documents is kept between runs: a name for each set of paths and of what made the index. */
export function cachePath(paths: readonly string[], madeBy: readonly unknown[]): string {
  const home = environment.home()
  const folder = environment.cacheFolder() ?? (home === undefined ? undefined : join(home, '.cache'))
  if (folder === undefined) throw new InputError('No folder for the cache is known: set RIFFLE_CACHE, or give --index FILE or --no-cache.')
  const real = paths.map((path) => {
    try {
      return realpathSync(path)
    } catch {
      return resolve(path)
    }
  })
  const name = createHash('sha256').update(JSON.stringify([schemaVersion, real.toSorted(), madeBy])).digest('hex').slice(0, 24)
  return join(folder, 'riffle', `${name}.sqlite`)
}
