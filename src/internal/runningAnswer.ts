import { EMPTY, type MonoTypeOperatorFunction, NEVER, type Observable, type Subscriber, from, identity, takeUntil, tap } from 'rxjs'
import { TruncatedError, toErrorInfo } from '../errors.ts'
import type { Chunk, FinishReason, ModelCall, Usage } from '../types/chunk.ts'
import type { CompletionRequest, Sampling, StopSignal } from '../types/completion.ts'
import type { LanguageModel } from '../types/ports.ts'
import type { Query } from '../types/query.ts'
import { Ledger } from './ledger.ts'
import { requestOf } from './requestOf.ts'
import { Step, Stepped } from './step.ts'

export interface AnswerOptions extends Sampling, Pick<CompletionRequest, 'gate' | 'streaming'> {
  readonly attempt?: MonoTypeOperatorFunction<Chunk>
  readonly onEnd?: (usage: Usage) => void
  readonly calls?: readonly ModelCall[]
}

/** Whose turn an answer is. */
export interface Turn {
  /** The answer has completed; what it was written to has not. */
  goOn(): void
}

export interface AnswerSettings {
  readonly model: LanguageModel
  /** Undefined of a query that was stopped before it came. */
  readonly query: Query | undefined
  readonly options: AnswerOptions
  readonly stopped: StopSignal
  readonly turn: Turn
}

/** One answer on its way: its marks, `sources`, the chunks of its attempts, `usage`, `finish`. */
export class RunningAnswer extends Step<Chunk> {
  /** Of the last call that failed. */
  failure: unknown
  readonly #settings: AnswerSettings
  readonly #ledger: Ledger
  #state: 'running' | 'failed' | 'completed' = 'running'
  /** What comes while the first call is being made comes before that call can be closed. */
  #starting = false
  #reason: FinishReason | undefined
  #attempts = 0
  /** The attempt whose text stands, if it `said` any. */
  #current = 1
  #said = false

  /** @param to not closed yet. */
  constructor(settings: AnswerSettings, to: Subscriber<Chunk>) {
    super(to)
    const { query, options } = settings
    this.#settings = settings
    this.#ledger = new Ledger(query === undefined ? options.calls : query.calls)
  }

  begin(): void {
    if (this.closed) return
    const { query } = this.#settings
    for (const mark of query?.marks ?? []) this.to.next(mark)
    if (query?.passages !== undefined) this.to.next({ type: 'sources', passages: query.passages })
    if (this.closed) return
    this.#starting = true
    this.#chunks().subscribe(this)
    this.#starting = false
    if (this.#state !== 'running') this.#end()
    else if (this.closed) this.#tell()
  }

  /** Drops it. */
  override unsubscribe(): void {
    if (this.closed) return
    super.unsubscribe()
    if (!this.#starting) this.#tell()
  }

  protected override _next(chunk: Chunk): void {
    if (chunk.type === 'finish') this.#reason = chunk.reason
    else if (chunk.type !== 'usage') this.#emit(chunk)
  }

  protected override _error(error: unknown): void {
    this.failure = error
    this.#endAs('failed')
  }

  protected override _complete(): void {
    if (this.#reason !== undefined) return this.#endAs('completed')
    this._error(new TruncatedError(`The answer of ${this.#settings.model.id} ended without a finish reason: it was cut`))
  }

  #chunks(): Observable<Chunk> {
    const { stopped, options: { attempt = identity } } = this.#settings
    return new Stepped(this, beginCall).pipe(attempt, stopped === NEVER ? identity : takeUntil(stopped.pipe(tap(() => (this.#reason = 'stopped')))))
  }

  /** What the model says; a further time for each subscription. */
  ask(): Observable<Chunk> {
    const { model, query, options } = this.#settings
    if (query === undefined) return EMPTY
    return model.stream(requestOf(model, query, options, (used) => this.#ledger.add(used), ++this.#attempts))
  }

  /** The last call is closed before anything is said: what it tells then is in the sum. */
  #endAs(state: 'failed' | 'completed'): void {
    this.#state = state
    // A teardown of the model that throws must not keep the answer from its end.
    try {
      super.unsubscribe()
    } finally {
      if (!this.#starting) this.#end()
    }
  }

  #end(): void {
    const reason = this.#reason
    const failed = this.#state === 'failed' || reason === undefined
    if (failed) this.to.next(this.#ledger.total())
    else {
      this.#emit(this.#ledger.total())
      this.#emit({ type: 'finish', reason })
    }
    try {
      this.#tell()
    } finally {
      if (failed) this.to.error(this.failure)
      else this.#settings.turn.goOn()
    }
  }

  #tell(): void {
    this.#settings.options.onEnd?.(this.#ledger.total())
  }

  #emit(chunk: Chunk): void {
    this.#announceReset(chunk)
    this.to.next(chunk)
  }

  /** An `attempt` that subscribes again after text, and says nothing, would leave the first text standing. */
  #announceReset(chunk: Chunk): void {
    if (chunk.type === 'reset') this.#said = false
    else if (this.#attempts > this.#current && this.#said && (isContent(chunk) || chunk.type === 'finish')) {
      this.to.next({ type: 'reset', attempt: this.#attempts, error: toErrorInfo(this.failure) })
      this.#said = false
    }
    if (isContent(chunk)) {
      this.#current = this.#attempts
      this.#said = true
    }
  }
}

/** Asks the model for a subscription. */
function beginCall(answer: RunningAnswer, to: Subscriber<Chunk>): void {
  const call = new Call(answer, to)
  try {
    from(answer.ask()).subscribe(call)
  } catch (error) {
    call.error(error)
  }
}

/** One call of the model. */
class Call extends Step<Chunk> {
  readonly #answer: RunningAnswer

  constructor(answer: RunningAnswer, to: Subscriber<Chunk>) {
    super(to)
    this.#answer = answer
  }

  protected override _error(error: unknown): void {
    this.#answer.failure = error
    super._error(error)
  }
}

function isContent({ type }: Chunk): boolean {
  return type === 'text' || type === 'reasoning' || type === 'tool-call' || type === 'citation'
}
