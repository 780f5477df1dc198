import { Observable, type OperatorFunction } from 'rxjs'
import { SinkError, toErrorInfo } from '../errors.ts'
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
  return (chunks) =>
    new Observable<Completion>((subscriber) => {
      const gathered = createGathering(named)
      const emit = (completion: Completion) => {
        subscriber.next(completion)
        subscriber.complete()
      }
      return chunks.subscribe({
        next: gathered.take,
        error: (error: unknown) => {
          const partial = gathered.completion(error)
          if (settle) emit(partial)
          else subscriber.error(new SinkError(error, partial))
        },
        complete: () => emit(gathered.completion()),
      })
    })
}

/** What has come of an answer. */
export interface Gathering {
  take(chunk: Chunk): void
  /** `error`: how it failed. */
  completion(error?: unknown): Completion
}

export function createGathering(named: Omit<ToCompletionOptions, 'settle'>): Gathering {
  const text: string[] = []
  const reasoning: string[] = []
  const citations: CitationChunk[] = []
  const sources: ScoredPassage[] = []
  const failures: FailedAttempt[] = []
  let usage: Usage | undefined
  let object: { readonly value: unknown } | undefined
  let finishReason: FinishReason = 'partial'

  return {
    take(chunk) {
      switch (chunk.type) {
        case 'text': text.push(chunk.text); break
        case 'reasoning': reasoning.push(chunk.text); break
        case 'citation': citations.push(chunk); break
        case 'sources': addNew(sources, chunk.passages); break
        case 'object': object = chunk.complete ? { value: chunk.value } : object; break
        case 'finish': finishReason = chunk.reason; break
        case 'usage': {
          const { type: _, ...sum } = chunk
          usage = sum
          break
        }
        case 'retry': failures.push({ attempt: chunk.attempt, error: chunk.error }); break
        case 'reset':
          // One that had said something; an attempt that failed in silence was announced by `retry`.
          if (failures.at(-1)?.attempt !== chunk.attempt - 1) failures.push({ attempt: chunk.attempt - 1, error: chunk.error })
          for (const list of [text, reasoning, citations]) list.length = 0
          object = undefined
      }
    },
    completion: (error) => ({
      ...named,
      text: text.join(''),
      ...(reasoning.length === 0 ? {} : { reasoning: reasoning.join('') }),
      finishReason,
      sources,
      citations,
      ...(object === undefined ? {} : { object: object.value }),
      ...(failures.length === 0 ? {} : { failures }),
      ...(usage === undefined ? {} : { usage }),
      ...(error === undefined ? {} : { error: toErrorInfo(error) }),
    }),
  }
}

/** The parts of an answer may have sources of their own among those of the whole. */
function addNew(sources: ScoredPassage[], passages: readonly ScoredPassage[]): void {
  const known = new Set(sources.map(({ id }) => id))
  for (const passage of passages) if (!known.has(passage.id)) sources.push(passage)
}
