import { asCount, asObject } from './json.ts'

/** Tokens as a server reported them. */
export interface ServerUsage {
  readonly inputTokens: number
  readonly cachedInputTokens?: number
  readonly outputTokens: number
  readonly reasoningTokens?: number
}

/** Reads `usage` of chat completions. Undefined unless both counts are there. */
export function readUsage(value: unknown): ServerUsage | undefined {
  const usage = asObject(value)
  const inputTokens = asCount(usage?.['prompt_tokens'])
  // An answer that ended before its first token may have no count of them.
  const completionTokens = asCount(usage?.['completion_tokens'] ?? (usage?.['total_tokens'] === inputTokens ? 0 : undefined))
  if (!usage || inputTokens === undefined || completionTokens === undefined) return undefined
  const cachedInputTokens = asCount(asObject(usage['prompt_tokens_details'])?.['cached_tokens'])
  const reasoningTokens = asCount(asObject(usage['completion_tokens_details'])?.['reasoning_tokens'])
  // Some servers (xAI) leave reasoning out of the completion and count it in the total only; it is paid for as output.
  const leftOut = reasoningTokens !== undefined && usage['total_tokens'] === inputTokens + completionTokens + reasoningTokens
  return {
    inputTokens,
    outputTokens: completionTokens + (leftOut ? reasoningTokens : 0),
    ...(cachedInputTokens !== undefined && { cachedInputTokens }),
    ...(reasoningTokens !== undefined && { reasoningTokens }),
  }
}
