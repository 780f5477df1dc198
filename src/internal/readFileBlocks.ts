import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { SkippedError } from '../errors.ts'
import { describeFileError } from './describeFileError.ts'

const BLOCK_BYTES = 256 * 1024

/** Between listing and reading, a file may have been swapped for a link out of the folder, or a pipe on which to wait for ever. */
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0)

/**
 * A regular file's bytes, in blocks that are not used again. Ending the iteration closes the file.
 *
 * @throws SkippedError `unreadable` or `unsupported`, naming the file as `name`.
 */
export async function* readFileBlocks(path: string, name: string, sizeHint: number): AsyncGenerator<Uint8Array> {
  const handle = await openFile(path, name)
  try {
    const blockBytes = Math.min(BLOCK_BYTES, sizeHint + 1)
    for (;;) {
      const block = Buffer.allocUnsafeSlow(blockBytes)
      const { bytesRead } = await handle.read(block, 0, blockBytes).catch((error: unknown) => fail(name, error))
      if (bytesRead === 0) return
      yield block.subarray(0, bytesRead)
    }
  } finally {
    await handle.close()
  }
}

async function openFile(path: string, name: string): Promise<FileHandle> {
  const handle = await open(path, FLAGS).catch((error: unknown) => fail(name, error))
  const stats = await handle.stat()
  if (stats.isFile()) return handle
  await handle.close()
  throw new SkippedError('unsupported', `${name} is no regular file`)
}

function fail(name: string, error: unknown): never {
  throw new SkippedError('unreadable', `Cannot read ${name}: ${describeFileError(error)}`, { cause: error })
}
