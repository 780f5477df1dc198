import {
  type MonoTypeOperatorFunction, NEVER, Observable, type ObservableInput, type OperatorFunction, ReplaySubject, type Subscriber, Subscription,
  asapScheduler, catchError, concat, concatMap, connect, defer, finalize, identity, of, take, takeUntil, takeWhile, tap, throwError,
} from 'rxjs'
import { TruncatedError, toErrorInfo } from '../errors.ts'
import { type Ledger, createLedger } from '../internal/ledger.ts'
import { requestOf } from '../internal/requestOf.ts'
import type { Chunk, FinishReason, ModelCall, Usage } from '../types/chunk.ts'
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
  const { stop = NEVER, onEnd, calls } = options
  return (queries) =>
    defer(() => {
      let asked = false
      /** A query came, so that its answer tells what was used; or there was none to come. */
      let answered = false
      const answerAll = (stopped: StopSignal): Observable<Chunk> => {
        const answers = queries.pipe(
          // A stop signal that fails ends the answer that is running, with its usage, not the queries.
          stop === NEVER ? identity : takeUntil(stopped.pipe(catchError(() => NEVER))),
          concatMap((query) => {
            answered = true
            return answerOf(model, query, options, stopped)
          }),
          // What fails, stops or is dropped while it is still being retrieved for has its end all the same.
          catchError((error: unknown) => concat(answered ? [] : of(createLedger(calls).total()), throwError(() => error))),
        )
        const end = defer(() => {
          const untold = asked && !answered
          answered = true
          return untold ? answerOf(model, undefined, options, stopped) : []
        })
        return stop === NEVER ? answers : concat(answers, end)
      }
      // Listened to once from beginning to end, and remembered: no stop is missed between two queries.
      const answering = stop === NEVER
        ? answerAll(NEVER)
        : stop.pipe(take(1), tap(() => (asked = true)), connect(answerAll, { connector: () => new ReplaySubject(1) }))
      if (onEnd === undefined) return answering
      const tellUnanswered = () => {
        if (!answered) onEnd(createLedger(calls).total())
      }
      return answering.pipe(tap({ complete: () => (answered = true) }), finalize(tellUnanswered))
    })
}

function answerOf(model: LanguageModel, query: Query | undefined, options: GenerateAnswerOptions, stopped: StopSignal): Observable<Chunk> {
  return new Observable<Chunk>((subscriber) => {
    const answer = new RunningAnswer(model, query, options, stopped, subscriber)
    // Never synchronous: `concatMap` hangs when thousands of waiting queries are answered at once.
    answer.call.add(asapScheduler.schedule(() => answer.begin()))
  })
}

/** One answer on its way. A class, as a program may have thousands of them: methods are shared, functions in a closure are not. */
class RunningAnswer {
  /** What is closed with the answer. */
  readonly call = new Subscription()
  readonly #model: LanguageModel
  readonly #query: Query | undefined
  readonly #options: GenerateAnswerOptions
  readonly #stopped: StopSignal
  readonly #subscriber: Subscriber<Chunk>
  readonly #ledger: Ledger
  #reason: FinishReason | undefined
  #attempts = 0
  #failure: unknown
  #starting = false
  /** The attempt whose text stands, if it `said` any. */
  #current = 1
  #said = false

  constructor(model: LanguageModel, query: Query | undefined, options: GenerateAnswerOptions, stopped: StopSignal, subscriber: Subscriber<Chunk>) {
    this.#model = model
    this.#query = query
    this.#options = options
    this.#stopped = stopped
    this.#subscriber = subscriber
    this.#ledger = createLedger(query === undefined ? options.calls : query.calls)
    subscriber.add(this.call)
    subscriber.add(() => {
      if (!this.#starting) options.onEnd?.(this.#ledger.total())
    })
  }

  begin(): void {
    const subscriber = this.#subscriber
    for (const mark of this.#query?.marks ?? []) subscriber.next(mark)
    if (this.#query?.passages !== undefined) subscriber.next({ type: 'sources', passages: this.#query.passages })
    if (subscriber.closed) return
    let end: (() => void) | undefined
    // All that `attempt` subscribes to later hangs on `takeWhile`, which is the first to be closed.
    this.#starting = true
    const running = this.#body().pipe(takeWhile((chunk) => (this.#take(chunk), !subscriber.closed))).subscribe({
      error: (error: unknown) => (end = () => this.#fail(error)),
      complete: () => (end = () => this.#finish()),
    })
    this.#starting = false
    this.call.add(running)
    // Dropped by what came at once: only now have the calls told what they used.
    if (subscriber.closed) this.#options.onEnd?.(this.#ledger.total())
    // So the model's last call has ended before this runs, and what its teardown reports is in the sum.
    running.add(() => end?.())
  }

  #body(): Observable<Chunk> {
    const { attempt = identity } = this.#options
    const calls = defer(() => this.#ask()).pipe(
      catchError((error: unknown) => {
        this.#failure = error
        throw error
      }),
    )
    return calls.pipe(attempt, this.#stopped === NEVER ? identity : takeUntil(this.#stopped.pipe(tap(() => (this.#reason = 'stopped')))))
  }

  #ask(): ObservableInput<Chunk> {
    if (this.#query === undefined) return []
    const request = requestOf(this.#model, this.#query, this.#options, (used) => this.#ledger.add(used), ++this.#attempts)
    return this.#model.stream(request)
  }

  #take(chunk: Chunk): void {
    if (chunk.type === 'finish') this.#reason = chunk.reason
    else if (chunk.type !== 'usage') this.#emit(chunk)
  }

  #emit(chunk: Chunk): void {
    this.#announceReset(chunk)
    this.#subscriber.next(chunk)
  }

  /** An `attempt` that subscribes again after text, and says nothing, would leave the first text standing. */
  #announceReset(chunk: Chunk): void {
    if (chunk.type === 'reset') this.#said = false
    else if (this.#attempts > this.#current && this.#said && (isContent(chunk) || chunk.type === 'finish')) {
      this.#subscriber.next({ type: 'reset', attempt: this.#attempts, error: toErrorInfo(this.#failure) })
      this.#said = false
    }
    if (isContent(chunk)) {
      this.#current = this.#attempts
      this.#said = true
    }
  }

  #fail(error: unknown): void {
    this.#subscriber.next(this.#ledger.total())
    this.#subscriber.error(error)
  }

  #finish(): void {
    if (this.#reason === undefined) {
      return this.#fail(new TruncatedError(`The answer of ${this.#model.id} ended without a finish reason: it was cut`))
    }
    this.#emit(this.#ledger.total())
    this.#emit({ type: 'finish', reason: this.#reason })
    this.#subscriber.complete()
  }
}

function isContent({ type }: Chunk): boolean {
  return type === 'text' || type === 'reasoning' || type === 'tool-call' || type === 'citation'
}
