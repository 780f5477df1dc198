import type { FinishChunk, FinishReason, MarkChunk, MarkName, ModelCall, ResetChunk, TextChunk, UsageChunk } from '../../src/types/chunk.ts'

export const text = (words: string): TextChunk => ({ type: 'text', text: words })
export const finish = (reason: FinishReason = 'stop'): FinishChunk => ({ type: 'finish', reason })
export const reset: ResetChunk = { type: 'reset', attempt: 2, error: { code: 'lost', message: 'lost' } }
export const markAt = (name: MarkName, ms: number, attempt = 1): MarkChunk => ({ type: 'mark', name, attempt, at: ms * 1e6 })

export const call = (inputTokens: number, outputTokens: number, from: ModelCall['from'] = 'server'): ModelCall =>
  ({ model: 'scripted', purpose: 'answer', inputTokens, outputTokens, from })

export const usage = (...calls: readonly ModelCall[]): UsageChunk => ({
  type: 'usage',
  calls,
  inputTokens: calls.reduce((sum, { inputTokens }) => sum + inputTokens, 0),
  outputTokens: calls.reduce((sum, { outputTokens }) => sum + outputTokens, 0),
  from: calls[0]?.from ?? 'server',
})
