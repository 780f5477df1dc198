import { type MonoTypeOperatorFunction, NEVER, type Observable, type OperatorFunction, ReplaySubject, type Subscriber, asapScheduler, catchError, take, takeUntil, tap } from 'rxjs'
import { Ledger } from '../internal/ledger.ts'
import { RunningAnswer, type Turn } from '../internal/runningAnswer.ts'
import { Step, Stepped } from '../internal/step.ts'
import type { Chunk, ModelCall, Usage } from '../types/chunk.ts'
import type { Sampling, StopSignal } from '../types/completion.ts'
import type { Gate } from '../types/gate.ts'
import type { LanguageModel } from '../types/ports.ts'
import type { Query } from '../types/query.ts'

export interface GenerateAnswerOptions extends Sampling {
  /** What happens inside an attempt: time limits, retries. Resubscribing to its source makes a new attempt; after text a `reset` says so. */
  readonly attempt?: MonoTypeOperatorFunction<Chunk>
  /** Its first emission closes the model's socket and ends the answer with `usage` and `finish: 'stopped'`. */
  readonly stop?: StopSignal
  /** Held by slow consumers: the model reads no further bytes. */
  readonly gate?: Gate
  /** False asks the server for one response instead of a stream. Default true. */
  readonly streaming?: boolean
  /** Told once what the query used, however it ends; also when it is dropped, where no chunk can tell. */
  readonly onEnd?: (usage: Usage) => void
  /**
   * The `calls` of the query, for when it fails or is dropped before it comes here: what was paid for until then. `answer`
   * gives them; only of use for a pipeline of one query.
   */
  readonly calls?: readonly ModelCall[]
}

/**
 * Asks the model, and emits the whole answer of each query: its marks, `sources`, what the model sends, `usage`, `finish`.
 *
 * - Order: queries one after another; `sources` before text, `usage` right before `finish` or before the error.
 * - Memory: nothing held.
 * - Drop: unsubscribing closes the socket; `onEnd` is told what was used.
 * - Errors: that of what is in front, and the model's; `TruncatedError` when the model's stream ends without `finish`.
 *
 * @example
 * query$.pipe(retrieve(store), buildPrompt(), generateAnswer(model))
 */
export function generateAnswer(model: LanguageModel, options: GenerateAnswerOptions = {}): OperatorFunction<Query, Chunk> {
  const begin = (queries: Observable<Query>, to: Subscriber<Chunk>) => new AnswersInTurn(model, options, to).answer(queries)
  return (queries) => new Stepped(queries, begin)
}

/** Answers queries one after another. What fails, stops or is dropped before a query came has its end all the same. */
class AnswersInTurn extends Step<Query, Chunk> implements Turn {
  readonly #model: LanguageModel
  readonly #options: GenerateAnswerOptions
  /** Made for the first query that has to wait. */
  #waiting: Query[] | undefined
  #running = false
  #isLast = false
  /** A query came, so that its answer tells what was used; or there was none to come. */
  #answered = false
  #stopAsked = false
  /** The caller's signal, listened to once from beginning to end, and remembered: no stop is missed between two queries. */
  #stopped: StopSignal = NEVER

  constructor(model: LanguageModel, options: GenerateAnswerOptions, to: Subscriber<Chunk>) {
    super(to)
    this.#model = model
    this.#options = options
    const { onEnd, calls } = options
    if (onEnd) {
      to.add(() => {
        if (!this.#answered) onEnd(new Ledger(calls).total())
      })
    }
  }

  answer(queries: Observable<Query>): void {
    const { stop = NEVER } = this.#options
    if (stop === NEVER) return void queries.subscribe(this)
    const stopped = new ReplaySubject<unknown>(1)
    this.#stopped = stopped
    // A stop signal that fails ends the answer that is running, with its usage, not the queries.
    queries.pipe(takeUntil(stopped.pipe(catchError(() => NEVER)))).subscribe(this)
    this.to.add(stop.pipe(take(1), tap(() => (this.#stopAsked = true))).subscribe(stopped))
  }

  protected override _next(query: Query): void {
    if (this.#running) (this.#waiting ??= []).push(query)
    else this.#begin(query)
  }

  protected override _error(error: unknown): void {
    try {
      this.unsubscribe()
    } finally {
      if (!this.#answered) this.to.next(new Ledger(this.#options.calls).total())
      this.to.error(error)
    }
  }

  protected override _complete(): void {
    // What is in front is closed first: what it tells then is in the sum.
    try {
      this.unsubscribe()
    } finally {
      this.#isLast = true
      if (!this.#running) this.#end()
    }
  }

  #begin(query: Query | undefined): void {
    this.#running = true
    this.#answered = true
    const { to } = this
    const answer = new RunningAnswer({ model: this.#model, query, options: this.#options, stopped: this.#stopped, turn: this }, to)
    // Never synchronous: thousands of waiting queries that are answered at once would pile up on the stack.
    asapScheduler.schedule(beginAnswer, 0, answer)
  }

  /** An answer has completed. */
  goOn(): void {
    this.#running = false
    if (this.to.closed) return
    const query = this.#waiting?.shift()
    if (query !== undefined) this.#begin(query)
    else if (this.#isLast) this.#end()
  }

  #end(): void {
    if (this.#stopAsked && !this.#answered) return this.#begin(undefined)
    this.#answered = true
    this.to.complete()
  }
}

/** Of one that was dropped meanwhile nothing begins. */
function beginAnswer(answer: RunningAnswer | undefined): void {
  try {
    answer?.begin()
  } catch (error) {
    // The caller's `onEnd` did: thrown here, it would keep rxjs from whatever else begins in this turn.
    queueMicrotask(() => {
      throw error
    })
  }
}
