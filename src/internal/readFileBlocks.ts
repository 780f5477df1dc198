import { type Stats, closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { SkippedError } from '../errors.ts'
import { describeFileError } from './describeFileError.ts'

const BLOCK_BYTES = 256 * 1024

/** Read at once: with promises each step goes through another thread, which takes ten times as long as the step. */
const SMALL_BYTES = 64 * 1024

/** Between listing and reading, a file may have been swapped for a link out of the folder, or a pipe on which to wait for ever. */
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0)

interface OpenFile {
  read(block: Uint8Array, offset: number): number | Promise<number>
  stat(): Stats | Promise<Stats>
  close(): void | Promise<void>
}

/**
 * A regular file's bytes, in blocks that are not used again. Ending the iteration closes the file.
 *
 * @param mustStay Fails at its end when it was written to meanwhile: the bytes may be of two versions.
 * @throws SkippedError `unreadable` or `unsupported`, naming the file as `name`.
 */
export async function* readFileBlocks(path: string, name: string, sizeHint: number, mustStay = false): AsyncGenerator<Uint8Array> {
  const file = await attempt(name, () => (sizeHint <= SMALL_BYTES ? openAtOnce(path) : openWithPromises(path)))
  try {
    const stats = await file.stat()
    if (!stats.isFile()) throw new SkippedError('unsupported', `${name} is no regular file`)
    const blockBytes = Math.min(BLOCK_BYTES, sizeHint + 1)
    let block = Buffer.allocUnsafeSlow(blockBytes)
    let used = 0
    for (;;) {
      const bytesRead = await attempt(name, () => file.read(block, used))
      if (bytesRead === 0) {
        if (mustStay && !isSame(stats, await file.stat())) throw new SkippedError('unreadable', `Cannot read ${name}: it was written to meanwhile`)
        return
      }
      yield block.subarray(used, used + bytesRead)
      used += bytesRead
      if (used < blockBytes) continue
      block = Buffer.allocUnsafeSlow(blockBytes)
      used = 0
    }
  } finally {
    await file.close()
  }
}

function openAtOnce(path: string): OpenFile {
  const file = openSync(path, FLAGS)
  return {
    read: (block, offset) => readSync(file, block, offset, block.length - offset, null),
    stat: () => fstatSync(file),
    close: () => closeSync(file),
  }
}

async function openWithPromises(path: string): Promise<OpenFile> {
  const handle = await open(path, FLAGS)
  return {
    read: async (block, offset) => (await handle.read(block, offset, block.length - offset)).bytesRead,
    stat: () => handle.stat(),
    close: () => handle.close(),
  }
}

async function attempt<T>(name: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw new SkippedError('unreadable', `Cannot read ${name}: ${describeFileError(error)}`, { cause: error })
  }
}

function isSame(before: Stats, after: Stats): boolean {
  return before.size === after.size && before.mtimeMs === after.mtimeMs
}
