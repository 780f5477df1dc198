import { Observable, type OperatorFunction, catchError, identity, map, of } from 'rxjs'
import { SinkError } from '../../errors.ts'
import { type Timings, createTimings } from '../../operators/measure.ts'
import { type Settled, fanOut } from '../../sinks/fanOut.ts'
import { Gathering } from '../../sinks/toCompletion.ts'
import { type FileSummary, toFile } from '../../sinks/toFile.ts'
import type { Chunk } from '../../types/chunk.ts'
import type { Completion } from '../../types/completion.ts'
import type { BatchQuestion } from '../../types/question.ts'

/** One answer as all that a row is made from. A failed answer is an outcome as well: a completion with `error`, without times. */
export interface AnswerEnd {
  readonly completion: Completion
  readonly timings?: Timings
}

/**
 * Gathers an answer, writes it into `file` as well, and emits what `toResult` makes of its end.
 *
 * - Errors: of writing `file`, which would fail for every row; of `toResult`.
 */
export function settledBy<T>(question: BatchQuestion, file: string | undefined, toResult: (end: AnswerEnd) => T): OperatorFunction<Chunk, T> {
  return file === undefined ? toEnd(question, toResult) : (chunks) => chunks.pipe(withFile(toEnd(question, identity), file), map(toResult))
}

/** One look at each chunk for both folds: of a million answers, each operator costs a minute. */
function toEnd<T>({ id, question }: BatchQuestion, toResult: (end: AnswerEnd) => T): OperatorFunction<Chunk, T> {
  return (chunks) =>
    new Observable<T>((subscriber) => {
      const gathering = new Gathering({ id, question })
      const times = createTimings()
      const emit = (end: AnswerEnd) => {
        let result: T
        try {
          result = toResult(end)
        } catch (error) {
          return subscriber.error(error)
        }
        subscriber.next(result)
        subscriber.complete()
      }
      return chunks.subscribe({
        next: (chunk) => {
          gathering.take(chunk)
          times.take(chunk)
        },
        error: (error: unknown) => emit({ completion: gathering.completion(error) }),
        complete: () => emit({ completion: gathering.completion(), timings: times.timings() }),
      })
    })
}

function withFile(gathered: OperatorFunction<Chunk, AnswerEnd>, file: string): OperatorFunction<Chunk, AnswerEnd> {
  type Ends = [Settled<AnswerEnd>, Settled<FileSummary>]
  return (chunks) =>
    chunks.pipe(
      fanOut(gathered, toFile(file)),
      catchError((error: unknown) => {
        // The answer's own failure, of which `gathered` has made an end.
        if (error instanceof SinkError) return of(error.summary as Ends)
        throw error
      }),
      map(([end, saved]: Ends) => {
        if (!end.ok) throw end.error
        if (!saved.ok && end.summary.completion.error === undefined) throw saved.error
        return end.summary
      }),
    )
}
