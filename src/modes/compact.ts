import { createPromptFitter } from '../internal/fitPrompt.ts'
import type { LanguageModel } from '../types/ports.ts'
import { createCalls } from './calls.ts'
import { decorated } from './options.ts'
import { type RefineOptions, refineOver, refineSettings } from './refine.ts'
import { treeSummarize } from './treeSummarize.ts'

/**
 * As few calls as the window allows: one when all passages fit; else the first call takes as many as it holds and each further
 * one refines its draft with as many more. A question about the whole (`query.kind` is `overview`) whose sample does not fit is
 * summarized as a tree instead: no order of refining would be fair to all of it.
 *
 * - Order: calls one after another. Memory: one prompt and the draft. Drop: unsubscribing drops the call that is running.
 * - Errors: the first call that fails ends the answer.
 *
 * @throws InvalidOptionError at the call, when an option cannot work.
 *
 * @example
 * query$.pipe(retrieve(store, { topK: 20 }), generateAnswer(compact(model)))
 */
export function compact(model: LanguageModel, options: RefineOptions = {}): LanguageModel {
  const settings = refineSettings(model, options)
  const fit = createPromptFitter(settings)
  const tree = treeSummarize(model, options)
  return decorated(model, (request, query) => {
    const { passages, messages } = fit(query)
    if (passages.length === query.passages.length) return createCalls(model, request, settings)({ messages, purpose: 'answer', query: { ...query, passages } })
    return query.kind === 'overview' ? tree.stream(request) : refineOver(createCalls(model, request, settings), query, settings, Infinity)
  })
}
