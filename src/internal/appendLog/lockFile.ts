import { rmSync } from 'node:fs'
import { open, readFile, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { InputError } from '../../errors.ts'
import { cannotWrite } from './openJournal.ts'

/**
 * Marks a file as being written by this process, in `FILE.lock`. A mark whose process has gone counts for nothing.
 *
 * @returns what takes the mark away, at once: also while the process exits.
 * @throws InputError when another living process has it.
 */
export async function lockFile(path: string): Promise<() => Promise<void>> {
  const lock = `${path}.lock`
  const mine = JSON.stringify({ pid: process.pid, host: hostname() })
  // The second try is for a mark that was left behind; a third would only meet another process at the same door.
  for (const isLast of [false, true]) {
    try {
      const handle = await open(lock, 'wx')
      await handle.writeFile(mine)
      await handle.close()
      return async () => rmSync(lock, { force: true })
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw cannotWrite(path, error)
      const owner = await readOwner(lock)
      if (isLast || (owner !== undefined && isAlive(owner))) throw inUse(path, lock, owner)
      await rm(lock, { force: true })
    }
  }
  throw inUse(path, lock, undefined)
}

interface Owner {
  readonly pid: number
  readonly host: string
}

/** Undefined when the mark is empty or no mark: its writer was killed while it made it. */
async function readOwner(lock: string): Promise<Owner | undefined> {
  try {
    const { pid, host } = JSON.parse(await readFile(lock, 'utf8')) as Partial<Owner>
    return typeof pid === 'number' && typeof host === 'string' ? { pid, host } : undefined
  } catch {
    return undefined
  }
}

function isAlive({ pid, host }: Owner): boolean {
  // Of another machine nobody here can tell.
  if (host !== hostname()) return true
  if (pid === process.pid) return true
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

function inUse(path: string, lock: string, owner: Owner | undefined): InputError {
  const who = owner === undefined ? 'another process' : `process ${owner.pid}${owner.host === hostname() ? '' : ` on ${owner.host}`}`
  return new InputError(`${path} is being written by ${who}. Wait for its end, or delete ${lock} if there is none.`)
}
