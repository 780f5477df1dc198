import { requireDuration } from '../internal/requireDuration.ts'
import type { FileListing } from '../types/source.ts'
import type { FilesInOptions } from './filesIn.ts'
import { listFiles } from './listFiles.ts'
import { watchListings } from './watchListings.ts'

export interface WatchFilesOptions extends FilesInOptions {
  /** A path is listed when nothing was heard of it for this long, or after ten times as long. Default 200. */
  readonly debounceMs?: number
  /** Everything is listed anew this often, for what a system may not have told. Default 60,000, and longer for a slow listing. */
  readonly rescanMs?: number
  /** Told once, in words, when the system cannot watch every folder: then everything is listed every 2 s. */
  readonly onPolling?: (message: string) => void
}

/** What has changed since the listing before; the first one is of everything. */
export interface ChangedFiles extends FileListing {
  /** True when it lists everything, false when only what was heard of. */
  readonly whole: boolean
}

/**
 * Lists the files of folders, and then, whenever something changes, those that have: as `filesIn` would, with the same names and rules.
 *
 * Pulled: the next listing is made when it is asked for, of all that has changed meanwhile; so `pullMap(watchFiles('docs'), use)`
 * has one change set in work at most. `watch` does that for a store.
 *
 * A folder is watched before it is listed, and what the system tells only says where to look. After very many events, where links are
 * among the files, and every `rescanMs`, everything is listed. A path that was given and has gone is listed as `unlisted`, and again once it is back.
 *
 * @throws InvalidOptionError at the call.
 * @throws InputError in the first listing, when one of the paths is missing.
 *
 * @example
 * for await (const changed of watchFiles('docs')) for await (const file of changed) console.log(file.id)
 */
export function watchFiles(paths: string | readonly string[], options: WatchFilesOptions = {}): AsyncIterable<ChangedFiles> {
  const { debounceMs = 200, rescanMs = 60_000 } = options
  requireDuration('debounceMs', debounceMs)
  requireDuration('rescanMs', rescanMs)
  const listings = listFiles(paths, options)
  return { [Symbol.asyncIterator]: () => watchListings(listings, { ...options, debounceMs, rescanMs }) }
}
