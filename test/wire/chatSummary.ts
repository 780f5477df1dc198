import type { ContentChunk } from '../../src/wire/chatContent.ts'
import type { ChatDecoder } from '../../src/wire/chatCompletions.ts'

interface ToolCall {
  readonly id: string | undefined
  readonly name: string | undefined
  readonly arguments: string
}

/** What a client holds at the end of an answer. */
export function summarize(chunks: readonly ContentChunk[], decoder: ChatDecoder) {
  const toolCalls: ToolCall[] = []
  for (const chunk of chunks) {
    if (chunk.type !== 'tool-call') continue
    const before = toolCalls[chunk.index]
    toolCalls[chunk.index] = {
      id: before?.id ?? chunk.id,
      name: before?.name ?? chunk.name,
      arguments: (before?.arguments ?? '') + chunk.argumentsText,
    }
  }
  const textOf = (type: 'text' | 'reasoning') => chunks.map((chunk) => (chunk.type === type ? chunk.text : '')).join('')
  return { text: textOf('text'), reasoning: textOf('reasoning'), toolCalls, finishReason: decoder.finishReason, usage: decoder.usage, done: decoder.done }
}
