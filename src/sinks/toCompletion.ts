import type { OperatorFunction } from 'rxjs'
import { toErrorInfo } from '../errors.ts'
import { type SinkEnd, sinkInto } from '../internal/sinkInto.ts'
import type { Chunk, CitationChunk, FinishReason, Usage } from '../types/chunk.ts'
import type { Completion } from '../types/completion.ts'
import type { ScoredPassage } from '../types/document.ts'

export interface ToCompletionOptions {
  /** Stands in the completion. */
  readonly id?: string
  readonly question?: string
}

/**
 * Gathers an answer whole: its text after the last `reset`, sources, citations, usage and how it ended.
 *
 * - Order: one completion at the end. Memory: the answer.
 * - Drop: nothing is emitted.
 * - Errors: the source's, with what had come as a completion with `finishReason: 'partial'` as the summary of the `SinkError`.
 */
export function toCompletion(options: ToCompletionOptions = {}): OperatorFunction<Chunk, Completion> {
  return sinkInto(() => {
    const text: string[] = []
    const reasoning: string[] = []
    const citations: CitationChunk[] = []
    const sources: ScoredPassage[] = []
    let usage: Usage | undefined
    let finishReason: FinishReason = 'partial'

    const take = (chunk: Chunk): void => {
      switch (chunk.type) {
        case 'text': text.push(chunk.text); break
        case 'reasoning': reasoning.push(chunk.text); break
        case 'citation': citations.push(chunk); break
        case 'sources': sources.push(...chunk.passages); break
        case 'finish': finishReason = chunk.reason; break
        case 'usage': {
          const { type: _, ...sum } = chunk
          usage = sum
          break
        }
        case 'reset':
          for (const list of [text, reasoning, citations]) list.length = 0
      }
    }
    const close = (end: SinkEnd): Completion => ({
      ...options,
      text: text.join(''),
      ...(reasoning.length === 0 ? {} : { reasoning: reasoning.join('') }),
      finishReason,
      sources,
      citations,
      ...(usage === undefined ? {} : { usage }),
      ...(end.kind === 'error' ? { error: toErrorInfo(end.error) } : {}),
    })
    return { write: take, close }
  })
}
