import { type MonoTypeOperatorFunction, catchError, defer, of, tap } from 'rxjs'
import { RagError } from '../errors.ts'
import type { Chunk } from '../types/chunk.ts'

/** An answer that fails after text ends with `finish: 'partial'` instead. Errors of the program, and those after `finish`, stay errors. */
export function keepPartial(): MonoTypeOperatorFunction<Chunk> {
  return (chunks) =>
    defer(() => {
      let hasPart = false
      return chunks.pipe(
        tap(({ type }) => {
          if (type === 'text') hasPart = true
          else if (type === 'reset' || type === 'finish') hasPart = false
        }),
        catchError((error: unknown) => {
          if (!hasPart || !(error instanceof RagError)) throw error
          return of<Chunk>({ type: 'finish', reason: 'partial' })
        }),
      )
    })
}
