import type { Writable } from 'node:stream'
import type { OperatorFunction } from 'rxjs'
import { type SinkOptions, sinkInto } from '../internal/sinkInto.ts'
import { writeTo } from '../internal/writeTo.ts'
import type { Chunk } from '../types/chunk.ts'

export interface ToNdjsonOptions extends SinkOptions {
  /** Default `process.stdout`. */
  readonly stream?: Writable
  /** Write `mark` chunks too. Default false. */
  readonly marks?: boolean
}

/**
 * Writes every chunk as a line of JSON, as it comes; of an object that grows, only the whole.
 *
 * - Order: kept. Memory: see `SinkOptions`. Drop: what was written stays.
 * - Errors: the source's; `closed-pipe` when the reader has gone.
 */
export function toNdjson(options: ToNdjsonOptions = {}): OperatorFunction<Chunk, { readonly lines: number }> {
  return sinkInto(() => {
    const { stream = process.stdout, marks = false } = options
    let lines = 0
    return {
      write(chunk) {
        if (chunk.type === 'mark' && !marks) return undefined
        // Each holds all before it: to write them all would take time and room by the square.
        if (chunk.type === 'object' && !chunk.complete) return undefined
        lines++
        return writeTo(stream, `${JSON.stringify(chunk)}\n`)
      },
      close: () => ({ lines }),
    }
  }, options)
}
