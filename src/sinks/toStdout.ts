import type { Writable } from 'node:stream'
import type { OperatorFunction } from 'rxjs'
import { appendOnlyText } from '../internal/appendOnlyText.ts'
import { harmlessText } from '../internal/harmlessText.ts'
import { type SinkOptions, sinkInto } from '../internal/sinkInto.ts'
import { writeTo } from '../internal/writeTo.ts'
import type { Chunk, FinishReason } from '../types/chunk.ts'

export interface ToStdoutOptions extends SinkOptions {
  /** Default `process.stdout`. */
  readonly stream?: Writable & { readonly isTTY?: boolean }
  /** Show control characters instead of sending them. Default: on a terminal. */
  readonly harmless?: boolean
}

export interface StdoutSummary {
  /** UTF-16 units of answer text written. */
  readonly characters: number
  /** Absent when the answer did not end. */
  readonly finishReason?: FinishReason
}

/**
 * Writes the text of an answer as it comes. On a terminal control characters are shown, not sent.
 *
 * - Order: kept. Memory: see `SinkOptions`.
 *   The last of it may still be in the stream's own buffer, as after any `write`: a program that calls `process.exit` waits for that first.
 * - Drop: what was written stays.
 * - Errors: the source's; `reset-refused` when an attempt starts again after text was shown, which a pipe cannot take back;
 *   `closed-pipe` when the reader has gone.
 */
export function toStdout(options: ToStdoutOptions = {}): OperatorFunction<Chunk, StdoutSummary> {
  return sinkInto(() => {
    const { stream = process.stdout, harmless = stream.isTTY === true } = options
    const textOf = appendOnlyText()
    const shown = harmless ? harmlessText() : (text: string) => text
    let characters = 0
    let finishReason: FinishReason | undefined
    return {
      write(chunk) {
        if (chunk.type === 'finish') finishReason = chunk.reason
        const text = textOf(chunk)
        if (chunk.type !== 'text') return undefined
        characters += chunk.text.length
        return writeTo(stream, shown(text))
      },
      close: () => ({ characters, ...(finishReason === undefined ? {} : { finishReason }) }),
    }
  }, options)
}
