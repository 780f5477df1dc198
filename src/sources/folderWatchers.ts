import { type FSWatcher, statSync, watch } from 'node:fs'
import { dirname } from 'node:path'

export type FolderEvent = 'rename' | 'change'

export interface FolderWatchers {
  /** Watches a folder, when it is not watched already. What is wrong with the folder itself is left to whoever lists it. */
  add(path: string): void
  has(path: string): boolean
  /** Stops watching it and everything below it. */
  drop(path: string): void
  close(): void
}

interface Watched {
  readonly inode: number
  readonly watcher: FSWatcher | undefined
  readonly below: Set<string>
}

/**
 * Watches folder by folder. Node's own recursive watching is made of one watcher for each file on Linux, it follows into
 * hidden folders, and of a folder that is moved in it may hear nothing; where the system itself can do it, it is used.
 */
const isRecursive = process.platform === 'darwin' || process.platform === 'win32'

/** Nothing is listed before it is watched, so what comes after the listing is heard of. */
export function createFolderWatchers(onEvent: (folder: string, event: FolderEvent, name: string | null) => void, onLimit: (code: string) => void): FolderWatchers {
  const folders = new Map<string, Watched>()

  const open = (path: string): FSWatcher | undefined => {
    if (isRecursive && folders.has(dirname(path))) return undefined
    const watcher = watch(path, { recursive: isRecursive }, (event, name) => onEvent(path, event, name))
    return watcher.on('error', () => {
      drop(path)
      onEvent(path, 'change', null)
    })
  }
  const drop = (path: string): void => {
    const folder = folders.get(path)
    if (folder === undefined) return
    folders.delete(path)
    folders.get(dirname(path))?.below.delete(path)
    folder.watcher?.close()
    for (const inner of folder.below) drop(inner)
  }

  return {
    add(path) {
      try {
        const inode = statSync(path).ino
        // Another folder of the same name has taken its place.
        if (folders.has(path) && folders.get(path)?.inode !== inode) drop(path)
        if (folders.has(path)) return
        folders.set(path, { inode, watcher: open(path), below: new Set() })
        folders.get(dirname(path))?.below.add(path)
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? String(error.code) : ''
        if (code === 'ENOSPC' || code === 'EMFILE' || code === 'ENFILE') onLimit(code)
      }
    },
    has: (path) => folders.has(path),
    drop,
    close() {
      for (const { watcher } of folders.values()) watcher?.close()
      folders.clear()
    },
  }
}
