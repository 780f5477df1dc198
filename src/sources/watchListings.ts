import { existsSync, statSync } from 'node:fs'
import { basename, dirname, join, relative, sep } from 'node:path'
import { SkippedError } from '../errors.ts'
import { longestTimerMs } from '../internal/longestTimerMs.ts'
import { isLeftOut } from '../internal/walkFolder.ts'
import type { SourceFile } from '../types/source.ts'
import { changedScope } from './changedScope.ts'
import { type FolderEvent, createFolderWatchers } from './folderWatchers.ts'
import type { ListingScope, Listings } from './listFiles.ts'
import { type ChangedPaths, createPendingPaths } from './pendingPaths.ts'
import type { ChangedFiles, WatchFilesOptions } from './watchFiles.ts'

/** So many that some may have been lost: the queue of Linux holds 16,384. */
const maxEvents = 8192
const missingMs = 1000
/** When the system cannot watch more folders. */
const pollMs = 2000
const longestRescanMs = 30 * 60_000

/** The iterator behind `watchFiles`. */
export function watchListings(listings: Listings, options: WatchFilesOptions & { debounceMs: number; rescanMs: number }): AsyncIterator<ChangedFiles> {
  const { roots } = listings
  const { debounceMs, onPolling = () => undefined } = options
  const pending = createPendingPaths(debounceMs)
  const watchers = createFolderWatchers(heard, cannotWatch)
  /** Where links lead: what is heard there may concern any file. */
  const behindLinks = new Set<string>()
  const missing = new Set<string>()
  let excludes: ((below: string) => boolean) | undefined
  let { rescanMs } = options
  let isPolling = false
  let hasLinks = false
  let isFirst = true
  let events = 0
  /** When everything is listed because it is time to, and because something was heard that asks for it. */
  let rescanAt = 0
  let neededAt = Infinity
  let lookAt = Infinity
  let isClosed = false
  let wake = () => undefined as void
  /** When it wakes by itself: hearing of something soon enough before that costs nothing more. */
  let wakesAt = -Infinity

  function heard(folder: string, event: FolderEvent, name: string | null): void {
    events++
    if (behindLinks.has(folder)) neededAt = Math.min(neededAt, performance.now() + debounceMs)
    if (name === null) mark(folder, false)
    else {
      const path = join(folder, name)
      // Its own end is told by its own name.
      if (event === 'rename' && name === basename(folder)) {
        watchers.drop(folder)
        mark(folder, false)
      }
      if (isListed(path)) {
        mark(path, event === 'rename' || !watchers.has(path))
        if (event === 'rename') watchers.drop(path)
      }
    }
    if (wakesAt > performance.now() + debounceMs) wake()
  }

  function mark(path: string, isCertain: boolean): void {
    pending.mark(path, isCertain, performance.now())
  }

  function isListed(path: string): boolean {
    const root = roots.find((given) => path === given || path.startsWith(given.endsWith(sep) ? given : given + sep))
    if (root === undefined) return false
    if (path === root) return true
    const names = relative(root, path).split(sep)
    return !names.some((name, index) => isLeftOut(name) || excludes?.(names.slice(0, index + 1).join('/')) === true)
  }

  function cannotWatch(code: string): void {
    if (isPolling) return
    isPolling = true
    rescanMs = Math.min(rescanMs, pollMs)
    onPolling(`Cannot watch every folder (${code}: the system's limit of watches or open files): everything is listed every ${pollMs / 1000} s instead.`)
  }

  async function waitUntilDue(): Promise<void> {
    for (;;) {
      const wait = Math.min(rescanAt, neededAt, pending.dueAt(), lookAt) - performance.now()
      if (isClosed || wait <= 0) return
      let timer: NodeJS.Timeout | undefined
      await new Promise<void>((resolve) => {
        wake = resolve
        wakesAt = performance.now() + wait
        timer = setTimeout(resolve, Math.min(wait, longestTimerMs))
      })
      clearTimeout(timer)
      wakesAt = -Infinity
    }
  }

  function lookForMissing(now: number): void {
    if (lookAt > now) return
    for (const root of missing) {
      if (!existsSync(root)) continue
      missing.delete(root)
      pending.mark(root, false, -Infinity)
    }
    lookAt = missing.size === 0 ? Infinity : now + missingMs
  }

  function nextListing(): ChangedFiles | undefined {
    const now = performance.now()
    lookForMissing(now)
    const whole = rescanAt <= now || neededAt <= now || events >= maxEvents
    const paths = pending.take(whole ? undefined : now)
    if (!whole && paths.size === 0) return undefined
    return listed(paths, whole || hasLinks)
  }

  function listed(paths: ChangedPaths, whole: boolean): ChangedFiles {
    const required = isFirst
    isFirst = false
    const scope: ListingScope = {
      ...changedScope(paths, whole),
      onFolder: (path) => watchers.add(path),
      onLink: (realPath) => {
        // Two links may lead to one file, which only a listing of everything sees.
        if (!whole) neededAt = 0
        hasLinks = true
        if (realPath === undefined) return
        behindLinks.add(dirname(realPath))
        watchers.add(dirname(realPath))
      },
      ...(!required && {
        onMissing: (root, error) => {
          watchers.drop(root)
          missing.add(root)
          lookAt = Math.min(lookAt, performance.now() + missingMs)
          return new SkippedError('unreadable', `${error.message}. What was taken from it stays until it is back`)
        },
      }),
    }
    const files = listings.list(scope)
    if (whole) {
      events = 0
      neededAt = Infinity
      rescanAt = performance.now() + rescanMs
    }
    async function* iterate(): AsyncGenerator<SourceFile> {
      const start = performance.now()
      if (whole) hasLinks = false
      for (const root of roots) if (scope.within?.(root) !== false && isFile(root)) watchers.add(dirname(root))
      try {
        yield* files
      } finally {
        const took = performance.now() - start
        if (whole) rescanAt = performance.now() + Math.max(rescanMs, Math.min(20 * took, longestRescanMs))
      }
    }
    return { ...files, whole, [Symbol.asyncIterator]: iterate }
  }

  return {
    async next() {
      excludes ??= await listings.excludes()
      for (;;) {
        await waitUntilDue()
        if (isClosed) return { done: true, value: undefined }
        const value = nextListing()
        if (value !== undefined) return { done: false, value }
      }
    },
    return() {
      isClosed = true
      watchers.close()
      wake()
      return Promise.resolve({ done: true, value: undefined })
    },
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true
}
