import { closeSync, openSync, statSync } from 'node:fs'
import { describeFileError } from '../../internal/describeFileError.ts'

/** SQLite's result codes, the lowest byte of `errcode`. */
const words: Readonly<Record<number, string>> = {
  5: 'another process has locked it',
  6: 'another process has locked it',
  8: 'it may only be read, file or folder is write-protected',
  10: 'the disk failed, or the file may not grow any further',
  11: 'it is damaged, a part of the file is overwritten or missing; riffle index --check tells more. Build it again',
  13: 'the disk is full',
  15: 'its log cannot be read, file or folder is write-protected',
  26: 'it is no index, but a file of another kind, or its beginning is damaged',
}

/** Of one of the codes above. */
export function wordsOf(code: number): string {
  return words[code] ?? ''
}

export function resultCode(error: unknown): number {
  return error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : 0
}

/** What is wrong with an index, in words for people. SQLite's own are for programmers. */
export function describeIndexError(error: unknown, path: string): string {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
  if (isFolder) return 'it is a folder'
  const code = resultCode(error)
  if (code === 14) return whyNotOpened(path)
  return words[code] ?? (error instanceof Error && !('errcode' in error) ? describeFileError(error) : String(error instanceof Error ? error.message : error))
}

function whyNotOpened(path: string): string {
  try {
    closeSync(openSync(path, 'r'))
    return 'nothing can be written beside it, its folder is write-protected'
  } catch (error) {
    const what = describeFileError(error)
    return what === 'it does not exist' ? 'it cannot be made there, the folder is write-protected' : what
  }
}
