import { realpathSync, statSync, type Stats } from 'node:fs'
import { isAbsolute, join, relative, resolve, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { InputError, SkippedError } from '../errors.ts'
import { describeFileError } from '../internal/describeFileError.ts'
import { DEFAULT_MAX_FILE_BYTES } from '../internal/readBytes.ts'
import { readFileBlocks } from '../internal/readFileBlocks.ts'
import { requirePositiveInteger } from '../internal/requirePositiveInteger.ts'
import { type FoundFile, type ReadableFile, walkFolder } from '../internal/walkFolder.ts'
import type { FileListing, SourceFile } from '../types/source.ts'
import type { FilesInOptions } from './filesIn.ts'
import { toGlobs, toMatcher } from './globs.ts'
import { type Root, nameRoots } from './nameRoots.ts'

/** Of the times that file systems note, the coarsest: 2 s. */
const youngMs = 2000

/** What of the folders is listed, and who is told of what is met. All paths are absolute. */
export interface ListingScope {
  /** Absent: everything. True for folders on the way to something as well. */
  readonly within?: (path: string) => boolean
  /** What that is. */
  readonly parts?: readonly string[]
  readonly isChanged?: (path: string) => boolean
  readonly onFolder?: (path: string) => void
  readonly onLink?: (realPath: string | undefined) => void
  /** Told of a path that was given and is not there, and says what is listed in its place. Absent: listing fails. */
  readonly onMissing?: (root: string, error: InputError) => SkippedError
}

export interface Listings {
  readonly roots: readonly string[]
  list(scope?: ListingScope): FileListing
  /** Whether the globs leave it out, whatever it is. */
  excludes(): Promise<(below: string) => boolean>
}

/** The listings behind `filesIn`: of everything, or of a part. Options are checked here. */
export function listFiles(paths: string | readonly string[], options: FilesInOptions): Listings {
  const { maxFileBytes = DEFAULT_MAX_FILE_BYTES, onSkipped = () => undefined } = options
  requirePositiveInteger('maxFileBytes', maxFileBytes)
  const include = toGlobs('include', options.include)
  const exclude = toGlobs('exclude', options.exclude)
  const named = nameRoots(typeof paths === 'string' ? [paths] : paths)
  const given = new Map(named.map(({ path }) => [path, (typeof paths === 'string' ? [paths] : paths).find((word) => resolve(word) === path) ?? path]))
  const roots = named.map(({ path }) => path)
  const excludes = async () => (exclude.length === 0 ? () => false : await toMatcher(exclude))

  async function* listed(scope: ListingScope): AsyncGenerator<SourceFile> {
    const isIncluded = include.length === 0 ? () => true : await toMatcher(include)
    const isExcluded = await excludes()
    const acceptsFile = (below: string) => isIncluded(below) && !isExcluded(below)
    const entersFolder = (below: string) => !isExcluded(below)

    // Looked at before the first is listed: what is missing is told at the first item.
    const inside = named.filter(({ path }) => scope.within?.(path) !== false).map((root) => ({ root, stats: lookAt(root.path, given.get(root.path) ?? root.path, scope) }))
    for (const { root, stats } of inside) {
      const walk = () => walkFolder(root.path, { acceptsFile, entersFolder, ...belowRoot(root.path, scope) })
      const found = stats instanceof SkippedError ? [{ below: '', path: root.path, problem: stats }] : stats.isFile() ? [singleFile(root, stats)] : walk()
      for (const item of found) {
        const file = toSourceFile(root, item, maxFileBytes, scope.isChanged?.(item.path))
        if (file.unlisted !== undefined)
          onSkipped({ path: file.path, reason: file.unlisted.reason, message: file.unlisted.message })
        yield file
      }
    }
  }

  return {
    roots,
    excludes,
    list(scope = {}) {
      const within = scope.parts?.flatMap((path) => named.flatMap((root) => idOf(root, path) ?? []))
      return { roots, ...(within !== undefined && { within }), [Symbol.asyncIterator]: () => listed(scope) }
    },
  }
}

/** Of a path in a root; the root's own of one above it. */
function idOf({ path, name }: Root, of: string): string | undefined {
  const below = relative(path, of).split(sep)
  if (below[0] === '' || below.every((part) => part === '..')) return name
  return below[0] === '..' || isAbsolute(below.join(sep)) ? undefined : [name, ...below].join('/')
}

function belowRoot(root: string, { within, onFolder, onLink }: ListingScope) {
  return {
    ...(within !== undefined && { within: (below: string) => within(join(root, below)) }),
    ...(onFolder !== undefined && { onFolder }),
    ...(onLink !== undefined && { onLink }),
  }
}

function lookAt(path: string, given: string, { onMissing }: ListingScope): Stats | SkippedError {
  try {
    const stats = statSync(path)
    if (stats.isFile() || stats.isDirectory()) return stats
    throw new InputError(`Cannot read ${given}: it is neither a file nor a folder`)
  } catch (error) {
    const failure = error instanceof InputError ? error : new InputError(`Cannot read ${given}: ${describeFileError(error)}`, { cause: error })
    if (onMissing === undefined) throw failure
    return onMissing(path, failure)
  }
}

function singleFile({ path }: Root, stats: Stats): ReadableFile {
  return { below: '', path, realPath: realpathSync(path), stats }
}

function toSourceFile(root: Root, found: FoundFile, maxFileBytes: number, changed: boolean | undefined): SourceFile {
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
    ...(Math.abs(Date.now() - mtimeMs) < youngMs && { young: true }),
    ...(changed === true && { changed }),
    ...(unlisted !== undefined && { unlisted }),
    read: () => ('problem' in found || unlisted !== undefined ? fail(unlisted) : readFileBlocks(found.realPath, path, size, !isLines(path))),
  }
}

function tooLarge({ path, stats }: ReadableFile, maxFileBytes: number): SkippedError | undefined {
  if (stats.size <= maxFileBytes || isLines(path)) return undefined
  return new SkippedError('too-large', `${path} has ${stats.size} bytes, the limit is ${maxFileBytes}`)
}

// oxlint-disable-next-line require-yield
async function* fail(error: unknown): AsyncGenerator<never> {
  throw error
}

/** Read as lines that are documents of their own, and often written to: what comes meanwhile is for the next run. */
function isLines(path: string): boolean {
  return /\.(?:jsonl|ndjson)$/i.test(path)
}
