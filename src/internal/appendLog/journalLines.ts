import type { FileHandle } from 'node:fs/promises'
import { InputError } from '../../errors.ts'

/** A line of a journal, and where it stands in the file. */
export interface JournalLine {
  /** 1-based. */
  readonly number: number
  /** Offset of its first byte. */
  readonly start: number
  /** Without its end; valid until the next line. */
  readonly bytes: Uint8Array
  /** False for bytes behind the last line end: what a crash left of a line. */
  readonly isEnded: boolean
}

const blockBytes = 256 * 1024
const maxLineBytes = 256 * 1024 * 1024
const lineFeed = 10

/**
 * The lines of an open file, from its beginning. Memory: a block and one line.
 *
 * @throws InputError at a line above 256 MiB, which is no line of a journal.
 */
export async function* journalLines(handle: Pick<FileHandle, 'read'>, name: string): AsyncGenerator<JournalLine> {
  const block = Buffer.allocUnsafeSlow(blockBytes)
  let pieces: Uint8Array[] = []
  let length = 0
  let number = 1
  let start = 0
  let position = 0

  const lineOf = (rest: Uint8Array, isEnded: boolean): JournalLine => {
    const bytes = pieces.length === 0 ? rest : Buffer.concat([...pieces, rest])
    const line = { number, start, bytes, isEnded }
    number++
    start += bytes.length + 1
    pieces = []
    length = 0
    return line
  }
  for (;;) {
    const { bytesRead } = await handle.read(block, 0, blockBytes, position)
    if (bytesRead === 0) break
    position += bytesRead
    const read = block.subarray(0, bytesRead)
    let from = 0
    for (let end = read.indexOf(lineFeed); end >= 0; end = read.indexOf(lineFeed, from)) {
      const line = lineOf(read.subarray(from, end), true)
      from = end + 1
      yield line
    }
    if (from === bytesRead) continue
    // The block is used again.
    pieces.push(Uint8Array.from(read.subarray(from)))
    length += bytesRead - from
    if (length > maxLineBytes) throw new InputError(`${name}:${number}: the line is longer than ${maxLineBytes} bytes`)
  }
  if (length > 0) yield lineOf(new Uint8Array(), false)
}
