import { realpathSync, statSync, type Stats } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { InputError, InvalidOptionError, SkippedError } from '../errors.ts'
import { describeFileError } from '../internal/describeFileError.ts'
import { DEFAULT_MAX_FILE_BYTES } from '../internal/readBytes.ts'
import { readFileBlocks } from '../internal/readFileBlocks.ts'
import { requirePositiveInteger } from '../internal/requirePositiveInteger.ts'
import { type FoundFile, type ReadableFile, walkFolder } from '../internal/walkFolder.ts'
import type { Skipped } from '../types/ports.ts'
import type { FileListing, SourceFile } from '../types/source.ts'

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
  const { maxFileBytes = DEFAULT_MAX_FILE_BYTES, onSkipped = () => undefined } = options
  requirePositiveInteger('maxFileBytes', maxFileBytes)
  const include = toGlobs('include', options.include)
  const exclude = toGlobs('exclude', options.exclude)
  const given = typeof paths === 'string' ? [paths] : [...paths]

  return {
    roots: [...new Set(given.map((path) => resolve(path)))],
    async *[Symbol.asyncIterator]() {
      const isIncluded = include.length === 0 ? () => true : await toMatcher(include)
      const isExcluded = exclude.length === 0 ? () => false : await toMatcher(exclude)
      const acceptsFile = (below: string) => isIncluded(below) && !isExcluded(below)
      const entersFolder = (below: string) => !isExcluded(below)

      for (const root of nameRoots(given.map(lookAtRoot))) {
        const found = root.stats.isFile() ? [singleFile(root)] : walkFolder(root.path, { acceptsFile, entersFolder })
        for (const item of found) {
          const file = toSourceFile(root, item, maxFileBytes)
          if (file.unlisted !== undefined)
            onSkipped({ path: file.path, reason: file.unlisted.reason, message: file.unlisted.message })
          yield file
        }
      }
    },
  }
}

interface Root {
  readonly path: string
  readonly name: string
  readonly stats: Stats
}

function lookAtRoot(given: string): Root {
  const path = resolve(given)
  try {
    const stats = statSync(path)
    if (stats.isFile() || stats.isDirectory()) return { path, name: basename(path), stats }
  } catch (error) {
    throw new InputError(`Cannot read ${given}: ${describeFileError(error)}`, { cause: error })
  }
  throw new InputError(`Cannot read ${given}: it is neither a file nor a folder`)
}

/** The same path given twice counts once; where two roots have the same name, more of their paths goes into it. */
function nameRoots(given: readonly Root[]): Root[] {
  let roots = [...new Map(given.map((root) => [root.path, root])).values()]
  for (let levels = 2; ; levels += 1) {
    const counts = new Map<string, number>()
    for (const { name } of roots) counts.set(name, (counts.get(name) ?? 0) + 1)
    if (counts.size === roots.length) return roots
    roots = roots.map((root) => ((counts.get(root.name) ?? 0) > 1 ? { ...root, name: lastNames(root.path, levels) } : root))
  }
}

function lastNames(path: string, levels: number): string {
  const parent = dirname(path)
  return levels === 1 || parent === path ? basename(path) : `${lastNames(parent, levels - 1)}/${basename(path)}`
}

function singleFile({ path, stats }: Root): ReadableFile {
  return { below: '', path, realPath: realpathSync(path), stats }
}

function toSourceFile(root: Root, found: FoundFile, maxFileBytes: number): SourceFile {
  const { below, path } = found
  const unlisted = 'problem' in found ? found.problem : tooLarge(found, maxFileBytes)
  const { size, mtimeMs } = 'stats' in found ? found.stats : { size: 0, mtimeMs: 0 }
  return {
    id: below === '' ? root.name : `${root.name}/${below}`,
    path,
    get uri() {
      return pathToFileURL(path).href
    },
    root: root.path,
    size,
    stamp: `${size}-${mtimeMs}`,
    ...(unlisted !== undefined && { unlisted }),
    read: () => ('problem' in found || unlisted !== undefined ? fail(unlisted) : readFileBlocks(found.realPath, path, size)),
  }
}

function tooLarge({ path, stats }: ReadableFile, maxFileBytes: number): SkippedError | undefined {
  if (stats.size <= maxFileBytes || /\.(?:jsonl|ndjson)$/i.test(path)) return undefined
  return new SkippedError('too-large', `${path} has ${stats.size} bytes, the limit is ${maxFileBytes}`)
}

// oxlint-disable-next-line require-yield
async function* fail(error: unknown): AsyncGenerator<never> {
  throw error
}

function toGlobs(name: string, globs: string | readonly string[] = []): string[] {
  const list = typeof globs === 'string' ? [globs] : [...globs]
  if (list.some((glob) => typeof glob !== 'string' || glob === '')) {
    throw new InvalidOptionError(`Expected ${name} to be globs such as "*.md" or "guide/**", got an empty one or no text`)
  }
  return list.map((glob) => glob.replace(/^\.\//, '').replace(/\/+$/, ''))
}

/** Loaded only when there are globs: it would be a tenth of the time of listing a thousand files. */
async function toMatcher(globs: readonly string[]): Promise<(below: string) => boolean> {
  const { default: picomatch } = await import('picomatch')
  const names = globs.filter((glob) => !glob.includes('/'))
  const paths = globs.filter((glob) => glob.includes('/')).map((glob) => glob.replace(/^\/+/, ''))
  const matchesName = picomatch(names, { basename: true })
  const matchesPath = picomatch(paths)
  return (below) => matchesName(below) || matchesPath(below)
}
