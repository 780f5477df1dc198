import type { MonoTypeOperatorFunction, Observable } from 'rxjs'
import { InvalidOptionError } from '../errors.ts'
import { type PromptTemplate, defaultTemplate, requirePlaceholders } from '../internal/promptTemplate.ts'
import { requirePositiveInteger } from '../internal/requirePositiveInteger.ts'
import type { Chunk } from '../types/chunk.ts'
import type { CompletionRequest } from '../types/completion.ts'
import type { ScoredPassage } from '../types/document.ts'
import type { LanguageModel, Tokenizer } from '../types/ports.ts'
import type { Query } from '../types/query.ts'

export interface ResponseModeOptions {
  /** Inside each call of the model: time limits, retries. One that starts the answer's call again makes its text void by a `reset`. */
  readonly attempt?: MonoTypeOperatorFunction<Chunk>
  /** Bound on each prompt. Default: the model's `contextTokens` without the room for the answer, 8000 for a model that names none. */
  readonly maxInputTokens?: number
  /** Room for the answer in tokens, and at most for each draft and summary. Default 1024, of a small window a quarter. */
  readonly answerTokens?: number
  /** The model's own. Without it passages count as their `tokens` say, and all else as its bytes: a token is at least a byte. */
  readonly tokenizer?: Tokenizer
  /** Replaces what the model is told about its task. */
  readonly system?: string
  /** Of the call that has all passages it needs. Default: answer from the passages only, cite them as [1]. */
  readonly template?: PromptTemplate
}

export interface ModeSettings extends ResponseModeOptions {
  readonly maxInputTokens: number
  readonly answerTokens: number
  /** Bound on each draft and summary: a prompt holds two of them, and something else. */
  readonly draftTokens: number
  readonly template: PromptTemplate
  readonly system: string
}

const unknownWindow = 8000

/** @throws InvalidOptionError when a number cannot work. */
export function modeSettings(model: LanguageModel, options: ResponseModeOptions): ModeSettings {
  const { template = defaultTemplate, system = template.system, answerTokens = Math.min(1024, Math.ceil((model.contextTokens ?? Infinity) / 4)) } = options
  requirePlaceholders('template', template, 'passages')
  requirePositiveInteger('answerTokens', answerTokens)
  const { contextTokens = unknownWindow + answerTokens } = model
  if (contextTokens <= answerTokens) throw new InvalidOptionError(`Expected answerTokens to be less than contextTokens (${contextTokens}), got ${answerTokens}`)
  // Of a model that reads passages and no prompt.
  const window = contextTokens === Infinity ? Number.MAX_SAFE_INTEGER : contextTokens - answerTokens
  const { maxInputTokens = window } = options
  requirePositiveInteger('maxInputTokens', maxInputTokens)
  return { ...options, template, system, answerTokens, maxInputTokens, draftTokens: Math.ceil(Math.min(answerTokens, maxInputTokens / 3)) }
}

/** A question with the passages found for it, as it can be understood alone. */
export interface AskedQuery extends Query {
  readonly standalone: string
  readonly passages: readonly ScoredPassage[]
}

/** A model that answers by what a mode makes of the query; of the one inside it keeps name and window. */
export function decorated(model: LanguageModel, answer: (request: CompletionRequest, query: AskedQuery) => Observable<Chunk>): LanguageModel {
  const stream = (request: CompletionRequest) => {
    const query = request.query ?? { id: '', question: '' }
    return answer(request, { ...query, standalone: query.standalone ?? query.question, passages: query.passages ?? [] })
  }
  return { id: model.id, makesPrompts: true, ...(model.contextTokens !== undefined && { contextTokens: model.contextTokens }), stream }
}
