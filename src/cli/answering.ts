import { toErrorInfo } from '../errors.ts'
import { defined } from '../internal/defined.ts'
import type { AnswerOptions } from '../pipelines/answer.ts'
import type { Gate } from '../types/gate.ts'
import type { LanguageModel } from '../types/ports.ts'
import { milliseconds } from './answerNotes.ts'
import { askingWith, attemptPolicy } from './attemptPolicy.ts'
import { inMode } from './mode.ts'
import { type ModeOptions, defaultMode } from './modeOptions.ts'
import type { OpenStore } from './openStore.ts'
import type { DataOptions, ModelOptions } from './options.ts'
import { note } from './print.ts'
import { printPrompt } from './printPrompt.ts'
import type { RankOptions } from './rankOptions.ts'
import { ranking } from './ranking.ts'

/** How a person's questions are answered, one at a time: what the options say of search, ranking, mode and model. */
export function answering(
  options: DataOptions & ModelOptions & ModeOptions & RankOptions,
  { store, embedder, retrieval, filter }: OpenStore,
  model: LanguageModel,
  gate: Gate,
): AnswerOptions {
  const { verbose, quiet, afterCut, maxRetries, topK, mode = defaultMode } = options
  const policy = { maxRetries, gate, ...defined({ timeoutMs: milliseconds(options.timeout) }) }
  const asking = askingWith(verbose ? printPrompt(model) : model, afterCut, policy)
  const generation = defined({ system: options.system, temperature: options.temperature, maxOutputTokens: options.maxOutputTokens })
  const onFailure = (error: unknown) => {
    if (!quiet) note(`Ranking anew failed, the first ranking stands: ${toErrorInfo(error).message}`)
  }
  return {
    store,
    gate,
    streaming: options.stream,
    model: inMode(asking.model, mode, { ...generation, attempt: asking.attempt }),
    ...ranking(options, { topK, store, model, attempt: attemptPolicy(policy), onError: 'keep', onFailure }),
    ...generation,
    ...defined({ embedder, retrieval, filter }),
  }
}
