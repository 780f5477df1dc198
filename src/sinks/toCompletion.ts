import type { Observable, OperatorFunction, Subscriber } from 'rxjs'
import { SinkError, toErrorInfo } from '../errors.ts'
import { GrowingText } from '../internal/growingText.ts'
import { Step, Stepped } from '../internal/step.ts'
import type { Chunk, CitationChunk, FinishReason, Usage } from '../types/chunk.ts'
import type { Completion, FailedAttempt } from '../types/completion.ts'
import type { ScoredPassage } from '../types/document.ts'

export interface ToCompletionOptions {
  /** Stands in the completion. */
  readonly id?: string
  readonly question?: string
  /** Emits a failed answer as a completion with `error` instead of failing: one of many must not end the others. Default false. */
  readonly settle?: boolean
}

/**
 * Gathers an answer whole: its text after the last `reset`, sources, citations, usage and how it ended.
 *
 * - Order: one completion at the end. Memory: the answer.
 * - Drop: nothing is emitted.
 * - Errors: the source's, with what had come as a completion with `finishReason: 'partial'` as the summary of the `SinkError`.
 */
export function toCompletion(options: ToCompletionOptions & { readonly id: string }): OperatorFunction<Chunk, Completion & { readonly id: string }>
export function toCompletion(options?: ToCompletionOptions): OperatorFunction<Chunk, Completion>
export function toCompletion({ settle = false, ...named }: ToCompletionOptions = {}): OperatorFunction<Chunk, Completion> {
  const begin = (chunks: Observable<Chunk>, to: Subscriber<Completion>) => void chunks.subscribe(new Gathered(new Gathering(named), settle, to))
  return (chunks) => new Stepped(chunks, begin)
}

class Gathered extends Step<Chunk, Completion> {
  readonly #gathering: Gathering
  readonly #settle: boolean

  constructor(gathering: Gathering, settle: boolean, to: Subscriber<Completion>) {
    super(to)
    this.#gathering = gathering
    this.#settle = settle
  }

  protected override _next(chunk: Chunk): void {
    this.#gathering.take(chunk)
  }

  protected override _error(error: unknown): void {
    const partial = this.#gathering.completion(error)
    if (this.#settle) this.#emit(partial)
    else super._error(new SinkError(error, partial))
  }

  protected override _complete(): void {
    this.#emit(this.#gathering.completion())
  }

  #emit(completion: Completion): void {
    this.to.next(completion)
    this.to.complete()
  }
}

/** What has come of an answer. */
export class Gathering {
  readonly #named: Omit<ToCompletionOptions, 'settle'>
  readonly #text = new GrowingText()
  // Made when the first comes: most answers have none of these.
  #reasoning: GrowingText | undefined
  #citations: CitationChunk[] | undefined
  #sources: ScoredPassage[] | undefined
  #failures: FailedAttempt[] | undefined
  #usage: Usage | undefined
  #object: { readonly value: unknown } | undefined
  #finishReason: FinishReason = 'partial'

  constructor(named: Omit<ToCompletionOptions, 'settle'>) {
    this.#named = named
  }

  take(chunk: Chunk): void {
    switch (chunk.type) {
      case 'text': this.#text.add(chunk.text); break
      case 'reasoning': (this.#reasoning ??= new GrowingText()).add(chunk.text); break
      case 'citation': (this.#citations ??= []).push(chunk); break
      case 'sources': addNew((this.#sources ??= []), chunk.passages); break
      case 'object': this.#object = chunk.complete ? { value: chunk.value } : this.#object; break
      case 'finish': this.#finishReason = chunk.reason; break
      case 'usage': {
        const { type: _, ...sum } = chunk
        this.#usage = sum
        break
      }
      case 'retry': (this.#failures ??= []).push({ attempt: chunk.attempt, error: chunk.error }); break
      case 'reset':
        // One that had said something; an attempt that failed in silence was announced by `retry`.
        if (this.#failures?.at(-1)?.attempt !== chunk.attempt - 1) (this.#failures ??= []).push({ attempt: chunk.attempt - 1, error: chunk.error })
        this.#text.clear()
        this.#reasoning = undefined
        this.#citations = undefined
        this.#object = undefined
    }
  }

  /** @param error how the answer failed. */
  completion(error?: unknown): Completion {
    const reasoning = this.#reasoning?.view() ?? ''
    return {
      ...this.#named,
      text: this.#text.view(),
      ...(reasoning === '' ? {} : { reasoning }),
      finishReason: this.#finishReason,
      sources: this.#sources ?? [],
      citations: this.#citations ?? [],
      ...(this.#object === undefined ? {} : { object: this.#object.value }),
      ...(this.#failures === undefined ? {} : { failures: this.#failures }),
      ...(this.#usage === undefined ? {} : { usage: this.#usage }),
      ...(error === undefined ? {} : { error: toErrorInfo(error) }),
    }
  }
}

/** The parts of an answer may have sources of their own among those of the whole. */
function addNew(sources: ScoredPassage[], passages: readonly ScoredPassage[]): void {
  const known = new Set(sources.map(({ id }) => id))
  for (const passage of passages) if (!known.has(passage.id)) sources.push(passage)
}
