import type { Observable } from 'rxjs'
import type { SinkOptions } from '../internal/sinkInto.ts'
import { textPieces } from '../internal/textPieces.ts'
import type { Chunk } from '../types/chunk.ts'
import { toAsyncIterable } from './toAsyncIterable.ts'

export interface ToReadableStreamOptions extends SinkOptions {
  /** The chunks themselves instead of their text. Default false. */
  readonly objectMode?: boolean
}

/**
 * An answer as a Web stream: of its text, or of its chunks. A function of the answer, as `toAsyncIterable`, whose bounds it has.
 *
 * The first read subscribes, and nothing is read ahead of the one who reads.
 *
 * - Order: kept; of text, whole characters. Memory: see `SinkOptions`.
 * - Drop: `cancel()` closes the socket at once, also while a read is pending.
 * - Errors: reading fails with the answer's error; of text, with `reset-refused` when an attempt starts again after text was given.
 *   The text alone does not say how the answer ended: `finish` is a chunk.
 *
 * @throws InvalidOptionError at the call, when an option is not a positive integer.
 *
 * @example
 * new Response(toReadableStream(answer$, { gate }).pipeThrough(new TextEncoderStream()))
 */
export function toReadableStream(answer: Observable<Chunk>, options: ToReadableStreamOptions & { readonly objectMode: true }): ReadableStream<Chunk>
export function toReadableStream(answer: Observable<Chunk>, options?: ToReadableStreamOptions & { readonly objectMode?: false }): ReadableStream<string>
export function toReadableStream(answer: Observable<Chunk>, options: ToReadableStreamOptions = {}): ReadableStream<Chunk> | ReadableStream<string> {
  const { objectMode = false, ...bounds } = options
  const chunks = toAsyncIterable(answer, bounds)
  return objectMode ? streamOf(chunks) : streamOf(textPieces(chunks))
}

/** `ReadableStream.from` is not in every browser yet, and reads one item ahead. */
function streamOf<T>(items: AsyncIterable<T>): ReadableStream<T> {
  const iterator = items[Symbol.asyncIterator]()
  let cancelled = false
  return new ReadableStream<T>(
    {
      async pull(controller) {
        const { done, value } = await iterator.next()
        if (cancelled) return
        if (done === true) controller.close()
        else controller.enqueue(value)
      },
      async cancel() {
        cancelled = true
        await iterator.return?.()
      },
    },
    { highWaterMark: 0 },
  )
}
