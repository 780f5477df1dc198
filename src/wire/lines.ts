import { OverflowError } from '../errors.ts'
import { growingBytes } from './growingBytes.ts'

const lineFeed = 0x0a
const carriageReturn = 0x0d

/** Bytes in, whole lines out. */
export interface LineDecoder {
  /** Calls `onLine` for each line that ended, without its end. The bytes are valid only during the call. */
  push(bytes: Uint8Array, onLine: (line: Uint8Array) => void): void
}

/**
 * Cuts bytes into lines at LF, CR and CRLF, wherever the bytes themselves were cut.
 * A CR ends its line at once: it never waits to see whether an LF follows.
 *
 * @throws OverflowError from `push`, when a line is longer than `maxLineBytes`.
 */
export function createLineDecoder(maxLineBytes: number): LineDecoder {
  const pending = growingBytes()
  let skipLineFeed = false

  const checkLength = (length: number) => {
    if (length > maxLineBytes) throw new OverflowError(`Expected lines of at most ${maxLineBytes} bytes`, maxLineBytes, 'bytes')
  }
  const keep = (bytes: Uint8Array) => {
    checkLength(pending.length + bytes.length)
    pending.add(bytes)
  }

  return {
    push(bytes, onLine) {
      let start = 0
      // Each is looked for again only once it has been passed, so that one pass over the bytes is enough.
      let nextFeed = bytes.indexOf(lineFeed)
      let nextReturn = bytes.indexOf(carriageReturn)
      if (skipLineFeed && bytes.length > 0) {
        skipLineFeed = false
        if (nextFeed === 0) {
          start = 1
          nextFeed = bytes.indexOf(lineFeed, 1)
        }
      }
      while (nextFeed >= 0 || nextReturn >= 0) {
        const atReturn = nextReturn >= 0 && (nextFeed < 0 || nextReturn < nextFeed)
        const end = atReturn ? nextReturn : nextFeed
        const rest = bytes.subarray(start, end)
        start = end + 1
        if (atReturn) {
          nextReturn = bytes.indexOf(carriageReturn, start)
          if (start === bytes.length) skipLineFeed = true
          else if (nextFeed === start) start++
        }
        if (nextFeed >= 0 && nextFeed < start) nextFeed = bytes.indexOf(lineFeed, start)
        if (pending.length === 0) {
          checkLength(rest.length)
          onLine(rest)
        } else {
          keep(rest)
          onLine(pending.view())
          pending.clear()
        }
      }
      if (start < bytes.length) keep(bytes.subarray(start))
    },
  }
}
