import { type Stats, constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { SkippedError } from '../errors.ts'
import { describeFileError } from './describeFileError.ts'

const BLOCK_BYTES = 256 * 1024

/** Between listing and reading, a file may have been swapped for a link out of the folder, or a pipe on which to wait for ever. */
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0)

/**
 * A regular file's bytes, in blocks that are not used again. Ending the iteration closes the file.
 *
 * @param mustStay Fails at its end when it was written to meanwhile: the bytes may be of two versions.
 * @throws SkippedError `unreadable` or `unsupported`, naming the file as `name`.
 */
export async function* readFileBlocks(path: string, name: string, sizeHint: number, mustStay = false): AsyncGenerator<Uint8Array> {
  const { handle, stats } = await openFile(path, name)
  try {
    const blockBytes = Math.min(BLOCK_BYTES, sizeHint + 1)
    for (;;) {
      const block = Buffer.allocUnsafeSlow(blockBytes)
      const { bytesRead } = await handle.read(block, 0, blockBytes).catch((error: unknown) => fail(name, error))
      if (bytesRead === 0) {
        if (mustStay && !isSame(stats, await handle.stat())) throw new SkippedError('unreadable', `Cannot read ${name}: it was written to meanwhile`)
        return
      }
      yield block.subarray(0, bytesRead)
    }
  } finally {
    await handle.close()
  }
}

async function openFile(path: string, name: string): Promise<{ handle: FileHandle; stats: Stats }> {
  const handle = await open(path, FLAGS).catch((error: unknown) => fail(name, error))
  const stats = await handle.stat()
  if (stats.isFile()) return { handle, stats }
  await handle.close()
  throw new SkippedError('unsupported', `${name} is no regular file`)
}

function isSame(before: Stats, after: Stats): boolean {
  return before.size === after.size && before.mtimeMs === after.mtimeMs
}

function fail(name: string, error: unknown): never {
  throw new SkippedError('unreadable', `Cannot read ${name}: ${describeFileError(error)}`, { cause: error })
}
