import { type MonoTypeOperatorFunction, map } from 'rxjs'
import { createPromptFitter } from '../internal/fitPrompt.ts'
import { mark } from '../internal/mark.ts'
import { type PromptTemplate, defaultTemplate } from '../internal/promptTemplate.ts'
import type { Tokenizer } from '../types/ports.ts'
import type { Query } from '../types/query.ts'

export { type PromptTemplate, defaultTemplate } from '../internal/promptTemplate.ts'

export interface BuildPromptOptions {
  /** Replaces what the model is told about its task. */
  readonly system?: string
  /** Default: answer from the passages only, cite them as [1], say so when they hold no answer. */
  readonly template?: PromptTemplate
  /** Bound on the whole prompt. Default 8000. */
  readonly maxInputTokens?: number
  /**
   * Counts exactly when the prompt may not fit. Without it, and while the prompt surely fits, passages count as their
   * `tokens` say, and all else as its bytes: a token is at least a byte.
   */
  readonly tokenizer?: Tokenizer
}

/**
 * Puts the messages for the model into the query: numbered passages, best first, between delimiters that no passage can
 * forge, the conversation so far, the question.
 *
 * Over the budget, first the last passages go (of a sample for an overview, some evenly apart), then the oldest turns; `query.passages` are then those that the model
 * reads, so that `[n]` in the answer is `passages[n - 1]`.
 *
 * - Order: kept. Memory: one prompt. Drop: nothing to end.
 * - Errors: `RagError` with code `question-too-long` when the question alone exceeds the budget.
 */
export function buildPrompt(options: BuildPromptOptions = {}): MonoTypeOperatorFunction<Query> {
  const { template = defaultTemplate, system = template.system, maxInputTokens = 8000, tokenizer } = options
  const fit = createPromptFitter({ template, system, maxInputTokens, tokenizer })

  return map((query: Query) => ({ ...query, ...fit(query), marks: [...(query.marks ?? []), mark('prompted')] }))
}
