import { type Stats, constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { InputError } from '../../errors.ts'
import { describeFileError } from '../describeFileError.ts'
import { journalLines } from './journalLines.ts'

/** Looks at one line of the journal as it is found; what it throws ends the opening, with file and line. */
export type CheckLine = (text: string, place: { readonly number: number; readonly start: number }) => void

export interface OpenedJournal {
  readonly handle: FileHandle
  /** Which file it is, whatever now has its name. */
  readonly file: Pick<Stats, 'ino' | 'dev'>
  /** Where the next line goes: behind the last whole one. */
  readonly bytes: number
  /** What was done about a line that a crash had left unfinished. */
  readonly repaired?: 'removed' | 'completed'
}

/**
 * Opens a journal, or makes it, and reads what is there: a JSON object a line.
 *
 * Behind the last line end there may be what a crash left: a beginning of a line, half a character, zeros of a file system, or
 * a whole line without its end. A whole line gets its end, anything else goes. It is touched only when every line before it is right.
 *
 * @throws InputError when the file cannot be opened, or a line is no JSON object or fails the check; nothing is changed then.
 */
export async function openJournal(path: string, check: CheckLine): Promise<OpenedJournal> {
  const handle = await openFile(path)
  try {
    let bytes = 0
    let repaired: OpenedJournal['repaired']
    for await (const line of journalLines(handle, path)) {
      if (line.isEnded) {
        checked(`${path}:${line.number}`, () => check(asLine(line.bytes), line))
        bytes = line.start + line.bytes.length + 1
        continue
      }
      const whole = wholeLine(line.bytes)
      if (whole === undefined) {
        if (bytes === 0 && !isBeginning(line.bytes)) throw new InputError(`${path}:1: expected a JSON object a line: is this a file of answers?`)
        repaired = 'removed'
      } else {
        checked(`${path}:${line.number}`, () => check(whole, line))
        const { length } = Buffer.from(whole)
        await handle.write(Buffer.from('\n'), 0, 1, line.start + length)
        bytes = line.start + length + 1
        repaired = 'completed'
      }
    }
    if (repaired !== undefined) {
      await handle.truncate(bytes)
      await handle.sync()
    }
    return { handle, file: await handle.stat(), bytes, ...(repaired !== undefined && { repaired }) }
  } catch (error) {
    await handle.close()
    throw error instanceof InputError ? error : cannotWrite(path, error)
  }
}

/** What the operating system refused, for people. */
export function cannotWrite(path: string, error: unknown): InputError {
  return new InputError(`Cannot write ${path}: ${describeFileError(error)}`, { cause: error })
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, constants.O_RDWR)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw cannotWrite(path, error)
  }
  try {
    const handle = await open(path, constants.O_RDWR | constants.O_CREAT, 0o666)
    await syncFolder(dirname(path))
    return handle
  } catch (error) {
    throw cannotWrite(path, error)
  }
}

/** A new or renamed file is only there for certain once its folder is on disk. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined)
  // Some systems cannot sync a folder, and need not.
  await handle?.sync().catch(() => undefined)
  await handle?.close()
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function asLine(bytes: Uint8Array): string {
  const text = decoded(bytes)
  if (!isObject(text)) throw new Error('expected a JSON object')
  return text
}

function decoded(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw new Error('the line is not UTF-8')
  }
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    // The parser's own message quotes the line, which may be anybody's text.
    return false
  }
}

/** The line, when only its end is missing; a file system may have put zeros there. */
function wholeLine(bytes: Uint8Array): string | undefined {
  try {
    return asLine(bytes.subarray(0, bytes.findLastIndex((byte) => byte !== 0) + 1))
  } catch {
    return undefined
  }
}

function isBeginning(bytes: Uint8Array): boolean {
  return bytes[0] === 0x7b || bytes.every((byte) => byte === 0)
}

function checked(where: string, work: () => void): void {
  try {
    work()
  } catch (error) {
    throw new InputError(`${where}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
}
