import { type MonoTypeOperatorFunction, tap } from 'rxjs'
import type { Chunk, ErrorInfo } from '../../types/chunk.ts'
import { safe } from '../print.ts'

/** A line for each attempt that another one follows. */
export function tellAttempts(id: string, tell: (line: string) => void): MonoTypeOperatorFunction<Chunk> {
  let announced: number | undefined
  const told = (attempt: number, error: ErrorInfo) => tell(`${safe(id)}: attempt ${attempt} failed: ${safe(error.message)}; asking again`)
  return tap((chunk) => {
    if (chunk.type === 'retry') {
      announced = chunk.attempt
      told(chunk.attempt, chunk.error)
    } else if (chunk.type === 'reset') {
      // One that said something, but no text, was announced by a `retry`.
      if (chunk.attempt - 1 !== announced) told(chunk.attempt - 1, chunk.error)
      announced = undefined
    }
  })
}
