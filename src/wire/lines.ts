import { fewBytes, growingBytes } from './growingBytes.ts'

const lineFeed = 0x0a
const carriageReturn = 0x0d
/** What a socket gives at most. Larger pieces are taken in blocks of this size. */
const maxBlockBytes = 65_536
const maxCopiedBytes = 4096

/** Bytes in, whole lines out. */
export interface LineDecoder {
  push(bytes: Uint8Array): void
}

/**
 * Cuts bytes into lines at LF, CR and CRLF, wherever the bytes themselves were cut.
 * A CR ends its line at once: it never waits to see whether an LF follows.
 *
 * - Memory: one unfinished line and one block of 64 KiB. Time is linear: no byte is looked at more than twice.
 *
 * @param onLine is called for each line that ended: it stands in the block from `start` up to `end`.
 * The block is valid only during the call.
 * @param refuse makes the error for a line of more than `maxLineBytes`, from the line so far and its place in the body.
 * `push` throws it; the decoder is then of no more use.
 */
export function createLineDecoder(
  maxLineBytes: number,
  onLine: (block: LineBlock, start: number, end: number) => void,
  refuse: (line: Buffer, offset: number) => Error,
): LineDecoder {
  /** The line that has not ended, and where in the body it begins. */
  const pending = growingBytes()
  let offset = 0
  let skipLineFeed = false

  /** Gives out the lines of the first `length` bytes, and returns how many bytes these are. */
  const cut = (bytes: Buffer, length: number): number => {
    const block = new LineBlock(bytes, length, offset)
    const { text } = block
    let start = skipLineFeed && text.charCodeAt(0) === lineFeed ? 1 : 0
    skipLineFeed = false
    // Each is looked for again only once it has been passed, so that one pass is enough.
    let nextReturn = text.indexOf('\r', start)
    let nextFeed = text.indexOf('\n', start)
    while (nextFeed >= 0 || nextReturn >= 0) {
      const atReturn = nextReturn >= 0 && (nextFeed < 0 || nextReturn < nextFeed)
      const end = atReturn ? nextReturn : nextFeed
      if (end - start > maxLineBytes) throw refuse(bytes.subarray(start, end), offset + start)
      onLine(block, start, end)
      start = end + 1
      if (atReturn) {
        nextReturn = text.indexOf('\r', start)
        if (start === length) skipLineFeed = true
        else if (nextFeed === start) start++
      }
      if (nextFeed >= 0 && nextFeed < start) nextFeed = text.charCodeAt(start) === lineFeed ? start : text.indexOf('\n', start)
    }
    offset += start
    return start
  }
  const checkPending = () => {
    if (pending.length > maxLineBytes) throw refuse(pending.view(), offset)
  }
  const cutBlock = (bytes: Buffer) => {
    const start = cut(bytes, bytes.length)
    if (start < bytes.length) pending.add(bytes.subarray(start))
    checkPending()
  }
  const pushBlock = (bytes: Buffer) => {
    if (pending.length === 0) return cutBlock(bytes)
    if (bytes.length > maxCopiedBytes) {
      const end = lineEndIn(bytes)
      pending.add(bytes.subarray(0, end < 0 ? bytes.length : end + 1))
      if (end < 0) return checkPending()
      pending.drop(cut(pending.room, pending.length))
      return cutBlock(bytes.subarray(end + 1))
    }
    // To decode a small piece together with the pending line costs less than both alone. In vain, when the line goes on:
    // so it is only done unseen where less is pending than has come.
    const mayEnd = pending.length < bytes.length || lineEndIn(bytes) >= 0
    pending.add(bytes)
    if (mayEnd) pending.drop(cut(pending.room, pending.length))
    checkPending()
  }

  return {
    push(bytes) {
      const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      if (buffer.length > maxBlockBytes) {
        for (let start = 0; start < buffer.length; start += maxBlockBytes) pushBlock(buffer.subarray(start, start + maxBlockBytes))
      } else if (buffer.length > 0) pushBlock(buffer)
    },
  }
}

/** Bytes that hold lines, with one character of `text` for each byte: a place in one is a place in the other. */
export class LineBlock {
  /** What is ASCII stands there as it is; anything else only as a placeholder. */
  readonly text: string
  /** Where the block begins in the body, in bytes. */
  readonly offset: number
  private readonly bytes: Buffer | undefined

  constructor(bytes: Buffer, length: number, offset: number) {
    const text = bytes.toString('utf8', 0, length)
    // As many characters as bytes: each byte gave one, be it ASCII or the mark that stands for a bad byte.
    const isText = text.length === length
    this.text = isText ? text : bytes.toString('latin1', 0, length)
    this.offset = offset
    this.bytes = isText ? undefined : bytes
  }

  /** Decodes UTF-8. By the line is the same as all at once: no part of a longer character is an LF or a CR. */
  read(start: number, end: number): string {
    return this.bytes === undefined ? this.text.slice(start, end) : this.bytes.toString('utf8', start, end)
  }
}

/** Where some line ends, -1 when none does. */
function lineEndIn(bytes: Buffer): number {
  if (bytes.length > fewBytes) {
    const feed = bytes.indexOf(lineFeed)
    return feed < 0 ? bytes.indexOf(carriageReturn) : feed
  }
  let at = bytes.length - 1
  while (at >= 0 && bytes[at] !== lineFeed && bytes[at] !== carriageReturn) at--
  return at
}
