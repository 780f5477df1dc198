import type { Observable } from 'rxjs'
import { InputError, SkippedError } from '../errors.ts'
import { fromAbortable } from '../internal/fromAbortable.ts'
import { DEFAULT_MAX_FILE_BYTES } from '../internal/readBytes.ts'
import { requirePositiveInteger } from '../internal/requirePositiveInteger.ts'
import { decodeText } from '../parsers/decodeText.ts'
import type { Document } from '../types/document.ts'

export interface FromStdinOptions {
  /** Default `stdin`. */
  readonly id?: string
  readonly title?: string
  /** Default 64 MiB. */
  readonly maxBytes?: number
  /** What is read. Default `process.stdin`. */
  readonly stream?: InputStream
}

export interface InputStream extends AsyncIterable<Uint8Array | string> {
  destroy?(): unknown
}

/**
 * All of standard input as one text document, in whichever encoding it is.
 *
 * - Order: one item, at the end of the input.
 * - Memory: the input, at most `maxBytes`.
 * - Drop: unsubscribing closes standard input, also while a read is waiting.
 * - Errors: `InputError` when it is larger, or no text.
 *
 * @throws InvalidOptionError at the call, when `maxBytes` is not a positive integer.
 */
export function fromStdin(options: FromStdinOptions = {}): Observable<Document> {
  const { id = 'stdin', title, maxBytes = DEFAULT_MAX_FILE_BYTES } = options
  requirePositiveInteger('maxBytes', maxBytes)

  return fromAbortable(async function* (signal) {
    const stream = options.stream ?? process.stdin
    signal.addEventListener('abort', () => stream.destroy?.())
    const text = await readText(stream, maxBytes)
    yield { id, text, ...(title !== undefined && { title }) }
  })
}

async function readText(stream: InputStream, maxBytes: number): Promise<string> {
  const blocks: Uint8Array[] = []
  let length = 0
  for await (const block of stream) {
    const bytes = typeof block === 'string' ? Buffer.from(block) : block
    length += bytes.length
    if (length > maxBytes) throw new InputError(`Standard input is larger than ${maxBytes} bytes`)
    blocks.push(bytes)
  }
  try {
    return (await decodeText(Buffer.concat(blocks, length), 'standard input')).text
  } catch (error) {
    throw error instanceof SkippedError
      ? new InputError('Expected text on standard input, got binary data', { cause: error })
      : error
  }
}
