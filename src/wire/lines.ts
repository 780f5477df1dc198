import { GrowingBytes, fewBytes } from './growingBytes.ts'

const lineFeed = 0x0a
const carriageReturn = 0x0d
/** What a socket gives at most. Larger pieces are taken in blocks of this size. */
const maxBlockBytes = 65_536
/** To copy so many behind a pending line costs less than to decode that line on its own. */
const maxCopiedBytes = 16_384

/** Who reads the lines. */
export interface LineReader {
  /** A line that ended: `text` from `start` up to `end`. In the body it begins at the byte `offset`; it has so many bytes. */
  takeLine(text: string, start: number, end: number, offset: number, bytes: number): void
  /** The error for a line that is too long, from the line so far and its place in the body. */
  refuseLine(line: Buffer, offset: number): Error
}

/**
 * Cuts bytes into lines of UTF-8 at LF, CR and CRLF, wherever the bytes themselves were cut.
 * A CR ends its line at once: it never waits to see whether an LF follows.
 *
 * - Memory: one unfinished line and one block of 64 KiB. Time is linear: no byte is looked at more than a few times.
 */
export class LineDecoder {
  readonly #maxLineBytes: number
  readonly #reader: LineReader
  /** The line that has not ended, and where in the body it begins. */
  readonly #pending = new GrowingBytes()
  #offset = 0
  #skipLineFeed = false

  constructor(maxLineBytes: number, reader: LineReader) {
    this.#maxLineBytes = maxLineBytes
    this.#reader = reader
  }

  /** @throws what `refuseLine` gives, for a line of more than `maxLineBytes`; the decoder is then of no more use. */
  push(bytes: Uint8Array): void {
    const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    if (buffer.length > maxBlockBytes) {
      for (let start = 0; start < buffer.length; start += maxBlockBytes) this.#pushBlock(buffer.subarray(start, start + maxBlockBytes))
    } else if (buffer.length > 0) this.#pushBlock(buffer)
  }

  #pushBlock(bytes: Buffer): void {
    const pending = this.#pending
    if (pending.length === 0) return this.#cutBlock(bytes)
    if (bytes.length > maxCopiedBytes) {
      const end = lineEndIn(bytes)
      pending.add(bytes.subarray(0, end < 0 ? bytes.length : end + 1))
      if (end < 0) return this.#checkPending()
      pending.drop(this.#cut(pending.room, pending.length))
      return this.#cutBlock(bytes.subarray(end + 1))
    }
    // To look for a line end first is not worth it where more has come than is pending: in vain, it costs but this piece again.
    const mayEnd = pending.length < bytes.length || lineEndIn(bytes) >= 0
    pending.add(bytes)
    if (mayEnd) pending.drop(this.#cut(pending.room, pending.length))
    this.#checkPending()
  }

  #cutBlock(bytes: Buffer): void {
    const start = this.#cut(bytes, bytes.length)
    if (start < bytes.length) this.#pending.add(bytes.subarray(start))
    this.#checkPending()
  }

  #checkPending(): void {
    if (this.#pending.length > this.#maxLineBytes) throw this.#reader.refuseLine(this.#pending.view(), this.#offset)
  }

  /** Gives out the lines of the first `length` bytes, and returns how many bytes these are. */
  #cut(bytes: Buffer, length: number): number {
    const offset = this.#offset
    // A block at once is the same as line by line: no part of a longer character is an LF or a CR.
    const text = bytes.toString('utf8', 0, length)
    // Each byte gave one character, so places in the text are places in the bytes. Else line ends are looked for in both.
    const isEven = text.length === length
    let start = this.#skipLineFeed && bytes[0] === lineFeed ? 1 : 0
    let byteStart = start
    this.#skipLineFeed = false
    // Each is looked for again only once it has been passed, so that one pass is enough.
    let nextReturn = text.indexOf('\r', start)
    let nextFeed = text.indexOf('\n', start)
    while (nextFeed >= 0 || nextReturn >= 0) {
      const atReturn = nextReturn >= 0 && (nextFeed < 0 || nextReturn < nextFeed)
      const end = atReturn ? nextReturn : nextFeed
      const byteEnd = isEven ? end : start === end ? byteStart : bytes.indexOf(atReturn ? carriageReturn : lineFeed, byteStart)
      if (byteEnd - byteStart > this.#maxLineBytes) throw this.#reader.refuseLine(bytes.subarray(byteStart, byteEnd), offset + byteStart)
      this.#reader.takeLine(text, start, end, offset + byteStart, byteEnd - byteStart)
      start = end + 1
      byteStart = byteEnd + 1
      if (atReturn) {
        nextReturn = text.indexOf('\r', start)
        if (byteStart === length) this.#skipLineFeed = true
        else if (nextFeed === start) {
          start++
          byteStart++
        }
      }
      if (nextFeed >= 0 && nextFeed < start) nextFeed = text.charCodeAt(start) === lineFeed ? start : text.indexOf('\n', start)
    }
    this.#offset += byteStart
    return byteStart
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
