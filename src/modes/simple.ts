import { concat, of } from 'rxjs'
import { createPromptFitter } from '../internal/fitPrompt.ts'
import type { Chunk } from '../types/chunk.ts'
import type { LanguageModel } from '../types/ports.ts'
import { createCalls } from './calls.ts'
import { type ResponseModeOptions, decorated, modeSettings } from './options.ts'

/**
 * One call with as many of the passages, best first, as the prompt holds. When some do not fit, a `progress` chunk with stage
 * `fit` says how many are read; `sources` names all that were found.
 *
 * - Order: the model's. Memory: one prompt. Drop: unsubscribing drops the call.
 * - Errors: the model's; `InvalidOptionError` when the question alone exceeds the window.
 *
 * @throws InvalidOptionError at the call, when an option cannot work.
 *
 * @example
 * query$.pipe(retrieve(store, { topK: 20 }), generateAnswer(simple(model)))
 */
export function simple(model: LanguageModel, options: ResponseModeOptions = {}): LanguageModel {
  const settings = modeSettings(model, options)
  const fit = createPromptFitter(settings)
  return decorated(model, (request, query) => {
    const found = query.passages.length
    const { passages, messages } = fit(query)
    const call = createCalls(model, request, settings)({ messages, purpose: 'answer', query: { ...query, passages } })
    return passages.length === found ? call : concat(of<Chunk>({ type: 'progress', stage: 'fit', done: passages.length, of: found }), call)
  })
}
