import { type FileHandle, open, realpath, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { cannotWrite, syncFolder } from './appendLog/openJournal.ts'

/**
 * Writes a file anew, beside the old one, and gives it the name once it is on disk: there is never half of it. A link keeps
 * pointing where it does, and the new file has the mode of the old. When writing fails the old one stays.
 *
 * @throws InputError when the file cannot be written.
 */
export async function replaceFile(asked: string, write: (target: FileHandle) => Promise<void>): Promise<void> {
  const path = await realpath(asked).catch(() => asked)
  const part = `${path}.part`
  try {
    const found = await stat(path).catch(() => undefined)
    const target = await open(part, 'w', found === undefined ? 0o666 : found.mode & 0o777)
    try {
      await write(target)
      await target.sync()
    } finally {
      await target.close()
    }
    await rename(part, path)
    await syncFolder(dirname(path))
  } catch (error) {
    await rm(part, { force: true }).catch(() => undefined)
    throw cannotWrite(asked, error)
  }
}
