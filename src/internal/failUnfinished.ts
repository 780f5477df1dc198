import { type MonoTypeOperatorFunction, defer, tap } from 'rxjs'
import { TruncatedError } from '../errors.ts'
import type { Chunk } from '../types/chunk.ts'

/** A model's stream that completes without `finish` fails with `TruncatedError`: what had come is not a whole answer. */
export function failUnfinished(modelId: string): MonoTypeOperatorFunction<Chunk> {
  return (chunks) =>
    defer(() => {
      let finished = false
      return chunks.pipe(
        tap({
          next: ({ type }) => {
            if (type === 'finish') finished = true
          },
          complete: () => {
            if (!finished) throw new TruncatedError(`The answer of ${modelId} ended without a finish reason: it was cut`)
          },
        }),
      )
    })
}
