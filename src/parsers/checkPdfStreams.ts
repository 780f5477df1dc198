import { inflateSync } from 'node:zlib'
import { SkippedError } from '../errors.ts'
import type { Pace } from '../internal/createPace.ts'

const MAX_STREAM_BYTES = 128 * 1024 * 1024
const DICTIONARY_BYTES = 1024

/**
 * Unpacks each compressed part of a PDF once, up to a limit. The reader has none: it unpacks a page of two megabytes into two
 * gigabytes, and cannot be stopped on the way. Pictures are left out, as nobody unpacks them for their text. What is encrypted,
 * or packed by other means than zlib, is not seen here.
 *
 * @throws SkippedError `too-large` when a part unpacks to more than 128 MiB, `too-slow`.
 */
export async function checkPdfStreams(bytes: Uint8Array, name: string, pace: Pace): Promise<void> {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  for (let at = file.indexOf('stream'); at >= 0; at = file.indexOf('stream', at + 6)) {
    const start = skipLineEnd(file, at + 6)
    if (!isZlib(file, start) || isPicture(file, at)) continue
    if (unpacksBeyondLimit(file.subarray(start)))
      throw new SkippedError('too-large', `A part of ${name} unpacks to more than ${MAX_STREAM_BYTES} bytes`)
    await pace.breathe()
  }
}

function skipLineEnd(file: Buffer, index: number): number {
  const afterReturn = file[index] === 13 ? index + 1 : index
  return file[afterReturn] === 10 ? afterReturn + 1 : afterReturn
}

function isZlib(file: Buffer, start: number): boolean {
  const first = file[start] ?? 0
  const second = file[start + 1] ?? 0
  return (first & 15) === 8 && (first * 256 + second) % 31 === 0
}

function isPicture(file: Buffer, keyword: number): boolean {
  const before = file.subarray(Math.max(0, keyword - DICTIONARY_BYTES), keyword).toString('latin1')
  return /\/Subtype\s*\/Image\b/.test(before.slice(before.lastIndexOf(' obj') + 1))
}

/** What follows the part is ignored, and damage is for the reader to judge. */
function unpacksBeyondLimit(packed: Buffer): boolean {
  try {
    inflateSync(packed, { maxOutputLength: MAX_STREAM_BYTES, chunkSize: 64 * 1024 })
    return false
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE'
  }
}
