import { type OperatorFunction, connect, filter, map, merge, scan } from 'rxjs'
import { measure } from '../../operators/measure.ts'
import type { Chunk, MarkChunk } from '../../types/chunk.ts'

/** What is known of an answer that is under way, in milliseconds since it was asked for. */
export interface Lane {
  /** When it was asked for, on the clock of marks. */
  readonly askedAt: number
  /** The first visible text. */
  readonly firstMs?: number | undefined
  /** The end. */
  readonly wholeMs?: number | undefined
}

/** Follows an answer by its marks; the figures at the end are those of `measure()`. */
export function toLane(): OperatorFunction<Chunk, Lane> {
  return connect((chunks) => {
    const marks = chunks.pipe(filter((chunk) => chunk.type === 'mark'))
    const underWay = marks.pipe(
      scan<MarkChunk, Lane | undefined>((lane, { name, at }) => {
        if (lane === undefined) return { askedAt: at }
        return name === 'visible1' ? { ...lane, firstMs: (at - lane.askedAt) / 1e6 } : lane
      }, undefined),
      filter((lane) => lane !== undefined),
    )
    const whole = chunks.pipe(measure(), map(({ waitMs, latencyMs }): Lane => ({ askedAt: 0, firstMs: waitMs, wholeMs: latencyMs })))
    return merge(underWay, whole)
  })
}
