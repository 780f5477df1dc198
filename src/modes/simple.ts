import { concat, of } from 'rxjs'
import { type FittedPrompt, createPromptFitter } from '../internal/fitPrompt.ts'
import type { Chunk } from '../types/chunk.ts'
import type { LanguageModel } from '../types/ports.ts'
import { createCalls } from './calls.ts'
import { groupPassages, roomFor } from './groups.ts'
import { type AskedQuery, type ResponseModeOptions, decorated, modeSettings } from './options.ts'

/**
 * One call with as many of the passages, best first, as the prompt holds, of a first one that is too large its beginning. When some do not fit, a `progress` chunk with stage
 * `fit` says how many are read; `sources` names all that were found.
 *
 * - Order: the model's. Memory: one prompt. Drop: unsubscribing drops the call.
 * - Errors: the model's; `RagError` with code `question-too-long` when the question alone exceeds the window.
 *
 * @throws InvalidOptionError at the call, when an option cannot work.
 *
 * @example
 * query$.pipe(retrieve(store, { topK: 20 }), generateAnswer(simple(model)))
 */
export function simple(model: LanguageModel, options: ResponseModeOptions = {}): LanguageModel {
  const settings = modeSettings(model, options)
  const fit = createPromptFitter(settings)
  const fitSome = (query: AskedQuery): FittedPrompt => {
    const fitted = fit(query)
    if (fitted.passages.length > 0 || query.passages.length === 0) return fitted
    // Of a passage that alone is too large its beginning.
    const [first] = groupPassages(query.passages.slice(0, 1), roomFor(query.question, settings))
    return fit({ ...query, history: [], passages: first!.passages })
  }
  return decorated(model, (request, query) => {
    const found = query.passages.length
    const { passages, messages } = fitSome(query)
    const call = createCalls(model, request, settings)({ messages, purpose: 'answer', query: { ...query, passages } })
    return passages.length === found ? call : concat(of<Chunk>({ type: 'progress', stage: 'fit', done: passages.length, of: found }), call)
  })
}
