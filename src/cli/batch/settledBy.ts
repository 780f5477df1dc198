import { Observable, type OperatorFunction, type Subscriber, catchError, identity, map, of } from 'rxjs'
import { SinkError } from '../../errors.ts'
import { Step } from '../../internal/step.ts'
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

function toEnd<T>(question: BatchQuestion, toResult: (end: AnswerEnd) => T): OperatorFunction<Chunk, T> {
  return (chunks) =>
    new Observable<T>((subscriber) => {
      chunks.subscribe(new Settling(question, toResult, subscriber))
    })
}

/** One look at each chunk for both folds: of a million answers, each operator costs a minute. */
class Settling<T> extends Step<Chunk, T> {
  readonly #gathering: Gathering
  readonly #times = createTimings()
  readonly #toResult: (end: AnswerEnd) => T

  constructor({ id, question }: BatchQuestion, toResult: (end: AnswerEnd) => T, to: Subscriber<T>) {
    super(to)
    this.#gathering = new Gathering({ id, question })
    this.#toResult = toResult
  }

  protected override _next(chunk: Chunk): void {
    this.#gathering.take(chunk)
    this.#times.take(chunk)
  }

  protected override _error(error: unknown): void {
    this.#emit({ completion: this.#gathering.completion(error) })
  }

  protected override _complete(): void {
    this.#emit({ completion: this.#gathering.completion(), timings: this.#times.timings() })
  }

  #emit(end: AnswerEnd): void {
    let result: T
    try {
      result = this.#toResult(end)
    } catch (error) {
      return super._error(error)
    }
    this.to.next(result)
    this.to.complete()
  }
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
