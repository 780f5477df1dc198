import {
  type MonoTypeOperatorFunction, NEVER, Observable, type OperatorFunction, ReplaySubject, Subscription, asapScheduler, catchError, concat,
  concatMap, connect, defer, finalize, identity, of, take, takeUntil, takeWhile, tap, throwError,
} from 'rxjs'
import { RagError, TruncatedError, toErrorInfo } from '../errors.ts'
import { createLedger } from '../internal/ledger.ts'
import type { Chunk, FinishReason, ModelCall, Usage } from '../types/chunk.ts'
import type { CompletionRequest, Sampling, StopSignal } from '../types/completion.ts'
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
  const { attempt = identity, onEnd } = options
  return new Observable<Chunk>((subscriber) => {
    const ledger = createLedger(query === undefined ? options.calls : query.calls)
    const call = new Subscription()
    let reason: FinishReason | undefined
    let attempts = 0
    let failure: unknown
    let starting = false
    const calls = defer(() => (query === undefined ? [] : model.stream(requestOf(model, query, options, (used) => ledger.add(used), ++attempts)))).pipe(
      catchError((error: unknown) => {
        failure = error
        throw error
      }),
    )
    const body = calls.pipe(attempt, stopped === NEVER ? identity : takeUntil(stopped.pipe(tap(() => (reason = 'stopped')))))
    // An `attempt` that subscribes again after text, and says nothing, would leave the first text standing.
    let current = 1
    let said = false
    const announceReset = (chunk: Chunk): void => {
      if (chunk.type === 'reset') said = false
      else if (attempts > current && said && (isContent(chunk) || chunk.type === 'finish')) {
        subscriber.next({ type: 'reset', attempt: attempts, error: toErrorInfo(failure) })
        said = false
      }
      if (isContent(chunk)) {
        current = attempts
        said = true
      }
    }
    const emit = (chunk: Chunk): void => {
      announceReset(chunk)
      subscriber.next(chunk)
    }
    const take = (chunk: Chunk): void => {
      if (chunk.type === 'finish') reason = chunk.reason
      else if (chunk.type !== 'usage') emit(chunk)
    }
    const fail = (error: unknown): void => {
      subscriber.next(ledger.total())
      subscriber.error(error)
    }
    const finish = (): void => {
      if (reason === undefined) return fail(new TruncatedError(`The answer of ${model.id} ended without a finish reason: it was cut`))
      emit(ledger.total())
      emit({ type: 'finish', reason })
      subscriber.complete()
    }
    const begin = (): void => {
      for (const mark of query?.marks ?? []) subscriber.next(mark)
      if (query?.passages !== undefined) subscriber.next({ type: 'sources', passages: query.passages })
      if (subscriber.closed) return
      let end: (() => void) | undefined
      // All that `attempt` subscribes to later hangs on `takeWhile`, which is the first to be closed.
      starting = true
      const running = body.pipe(takeWhile((chunk) => (take(chunk), !subscriber.closed))).subscribe({ error: (error: unknown) => (end = () => fail(error)), complete: () => (end = finish) })
      starting = false
      call.add(running)
      // Dropped by what came at once: only now have the calls told what they used.
      if (subscriber.closed) onEnd?.(ledger.total())
      // So the model's last call has ended before this runs, and what its teardown reports is in the sum.
      running.add(() => end?.())
    }

    subscriber.add(call)
    subscriber.add(() => {
      if (!starting) onEnd?.(ledger.total())
    })
    // Never synchronous: `concatMap` hangs when thousands of waiting queries are answered at once.
    call.add(asapScheduler.schedule(begin))
  })
}

function isContent({ type }: Chunk): boolean {
  return type === 'text' || type === 'reasoning' || type === 'tool-call' || type === 'citation'
}

function requestOf(
  { makesPrompts }: LanguageModel,
  query: Query,
  options: GenerateAnswerOptions,
  onUsage: NonNullable<CompletionRequest['onUsage']>,
  attempt: number,
): CompletionRequest {
  if (query.messages === undefined && makesPrompts !== true) {
    throw new RagError('no-prompt', 'Expected a query with messages: put buildPrompt() before generateAnswer()')
  }
  const { temperature, maxOutputTokens, gate, streaming } = options
  return {
    messages: query.messages ?? [],
    query,
    onUsage,
    attempt,
    ...(temperature === undefined ? {} : { temperature }),
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
    ...(gate === undefined ? {} : { gate }),
    ...(streaming === undefined ? {} : { streaming }),
  }
}
