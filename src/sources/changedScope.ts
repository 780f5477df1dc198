import { dirname } from 'node:path'
import type { ListingScope } from './listFiles.ts'
import type { ChangedPaths } from './pendingPaths.ts'

/** The paths themselves, what is below them, and the way to them. */
export function changedScope(paths: ChangedPaths, whole: boolean): ListingScope {
  const above = new Set<string>()
  for (const path of paths.keys()) for (const folder of upwards(dirname(path))) above.add(folder)
  const touches = (path: string) => [...upwards(path)].some((folder) => paths.has(folder))
  const isChanged = (path: string) => [...upwards(path)].some((folder) => paths.get(folder) === true)
  return whole ? { isChanged } : { isChanged, within: (path) => above.has(path) || touches(path), parts: [...paths.keys()] }
}

function* upwards(path: string): Generator<string> {
  for (let at = path, last = ''; at !== last; at = dirname(at)) {
    yield at
    last = at
  }
}
