import { Readable } from 'node:stream'
import type { Observable } from 'rxjs'
import type { SinkOptions } from '../internal/sinkInto.ts'
import { textPieces } from '../internal/textPieces.ts'
import type { Chunk } from '../types/chunk.ts'
import { toAsyncIterable } from './toAsyncIterable.ts'

export interface ToReadableOptions extends SinkOptions {
  /** The chunks themselves instead of their text. Default false. */
  readonly objectMode?: boolean
}

/**
 * An answer as a stream of Node: of its text in UTF-8, or of its chunks. A function of the answer, as `toAsyncIterable`, whose bounds it has.
 *
 * The first read subscribes.
 *
 * - Order: kept. Memory: see `SinkOptions`, and the stream's own buffer: 64 KiB of text, or one chunk.
 * - Drop: `destroy()` closes the socket at once, also while nothing comes; so does `pipeline` when its other end closes.
 * - Errors: `error` with the answer's error; of text, `reset-refused` when an attempt starts again after text was given.
 *   The text alone does not say how the answer ended: `finish` is a chunk.
 *
 * @throws InvalidOptionError at the call, when an option is not a positive integer.
 *
 * @example
 * await pipeline(toReadable(answer$, { gate }), response)
 */
export function toReadable(answer: Observable<Chunk>, options: ToReadableOptions = {}): Readable {
  const { objectMode = false, ...bounds } = options
  const chunks = toAsyncIterable(answer, bounds)
  return objectMode
    ? Readable.from(chunks, { objectMode: true, highWaterMark: 1 })
    : Readable.from(textPieces(chunks), { objectMode: false, highWaterMark: 65_536 })
}
