/** SQLite's result codes, the lowest byte of `errcode`. */
const words: Readonly<Record<number, string>> = {
  5: 'another process is writing to it',
  6: 'another process is writing to it',
  8: 'it may only be read: file or folder is write-protected',
  10: 'the disk failed',
  11: 'a part of the file is overwritten or missing',
  13: 'the disk is full',
  14: 'it is a folder, or may not be opened',
  23: 'it may not be opened',
  26: 'it is no index: the file is of another kind, or its beginning is damaged',
}

export function resultCode(error: unknown): number {
  return error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : 0
}

/** What SQLite says of a file, in words for people. */
export function describeIndexError(error: unknown): string {
  return words[resultCode(error)] ?? (error instanceof Error ? error.message : String(error))
}
