import type { Skipped } from '../types/ports.ts'
import type { FileListing } from '../types/source.ts'
import { listFiles } from './listFiles.ts'

export interface FilesInOptions {
  /** Globs of which a file must match one; without `/` they look at names (`*.md`), else at paths below the folder (`guide/**`). */
  readonly include?: string | readonly string[]
  /** Globs of files and folders that are left out. */
  readonly exclude?: string | readonly string[]
  /** Larger files are passed over. Default 64 MiB. No limit for `.jsonl` and `.ndjson`, which are read line by line. */
  readonly maxFileBytes?: number
  /** Told of each item that comes with `unlisted` set. For whoever passes the files on to `parse` or `ingest`, these tell of it too. */
  readonly onSkipped?: (skipped: Skipped) => void
}

/**
 * Lists the files of folders, and single files, one by one, in the bytewise order of their paths below each folder.
 *
 * Left out: hidden files and folders, `node_modules`, and what the globs say (these look at folders' contents, not at single files).
 * Listed with `unlisted` saying why they cannot be read: files too large, files and folders that may not be opened, pipes and devices,
 * links that are broken or lead out of the folder. Reading one of these fails with that `SkippedError`, and the rest goes on.
 *
 * Lazy: it holds no list of all files, and each iteration lists anew.
 *
 * @throws InvalidOptionError at the call.
 * @throws InputError at the first item, when one of the paths is missing.
 *
 * @example
 * for await (const file of filesIn('docs', { exclude: ['drafts', '*.log'] })) console.log(file.id)
 */
export function filesIn(paths: string | readonly string[], options: FilesInOptions = {}): FileListing {
  return listFiles(paths, options).list()
}
