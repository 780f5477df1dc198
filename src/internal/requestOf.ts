import { RagError } from '../errors.ts'
import type { CompletionRequest, Sampling } from '../types/completion.ts'
import type { LanguageModel } from '../types/ports.ts'
import type { Query } from '../types/query.ts'

/**
 * What a model is asked for the answer to a query.
 *
 * @throws RagError `no-prompt`, when the query has no messages and the model makes none.
 */
export function requestOf(
  { makesPrompts }: LanguageModel,
  query: Query,
  options: Sampling & Pick<CompletionRequest, 'gate' | 'streaming'>,
  onUsage: NonNullable<CompletionRequest['onUsage']>,
  attempt: number,
): CompletionRequest {
  if (query.messages === undefined && makesPrompts !== true) {
    throw new RagError('no-prompt', 'Expected a query with messages: put buildPrompt() before generateAnswer()')
  }
  const { temperature, maxOutputTokens, gate, streaming } = options
  return {
    messages: query.messages ?? [],
    query,
    onUsage,
    attempt,
    ...(temperature === undefined ? {} : { temperature }),
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
    ...(gate === undefined ? {} : { gate }),
    ...(streaming === undefined ? {} : { streaming }),
  }
}
