import { type OperatorFunction, catchError, map, of } from 'rxjs'
import { SinkError } from '../../errors.ts'
import { type Timings, measure } from '../../operators/measure.ts'
import { type Settled, fanOut } from '../../sinks/fanOut.ts'
import { toCompletion } from '../../sinks/toCompletion.ts'
import { type FileSummary, toFile } from '../../sinks/toFile.ts'
import type { Chunk } from '../../types/chunk.ts'
import type { Completion } from '../../types/completion.ts'
import type { BatchQuestion } from '../../types/question.ts'

type Ends = [Settled<Completion>, Settled<Timings>, ...Settled<FileSummary>[]]

/**
 * One answer as all that a row is made from. A failed answer is an outcome as well: a completion with `error`, without times.
 *
 * - Errors: of writing `file`, which would fail for every row.
 */
export function settledBy({ id, question }: BatchQuestion, file: string | undefined): OperatorFunction<Chunk, [Completion, Timings | undefined]> {
  const completed = toCompletion({ id, question, settle: true })
  const saved = file === undefined ? [] : [toFile(file)]
  return (chunks) =>
    chunks.pipe(
      fanOut(completed, measure(), ...saved),
      catchError((error: unknown) => {
        // The answer's own failure: `toCompletion` has made a completion of it.
        if (error instanceof SinkError) return of(error.summary as Ends)
        throw error
      }),
      map(([completion, timings, ...files]: Ends) => {
        if (!completion.ok) throw completion.error
        const lost = completion.summary.error === undefined && files.find((end) => !end.ok)
        if (lost && !lost.ok) throw lost.error
        return [completion.summary, timings.ok ? timings.summary : undefined]
      }),
    )
}
