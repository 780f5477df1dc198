import { SkippedError } from '../errors.ts'
import type { SourceFile } from '../types/source.ts'

/** What a file may hold that says nothing about its size; one that was listed may be read up to its size. */
export const DEFAULT_MAX_FILE_BYTES = 64 * 1024 * 1024

/** The whole file in memory. A file that has grown past what was listed and past the default limit is `too-large`. */
export async function readBytes(file: SourceFile): Promise<Uint8Array> {
  const maxBytes = Math.max(DEFAULT_MAX_FILE_BYTES, file.size)
  const blocks: Uint8Array[] = []
  let length = 0
  for await (const block of file.read()) {
    length += block.length
    if (length > maxBytes) throw new SkippedError('too-large', `${file.id} is larger than ${maxBytes} bytes`)
    blocks.push(block)
  }
  return blocks.length === 1 ? blocks[0]! : Buffer.concat(blocks, length)
}
