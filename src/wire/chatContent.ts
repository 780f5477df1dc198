import type { ReasoningChunk, TextChunk, ToolCallChunk } from '../types/chunk.ts'
import { asArray, asObject, asText, type JsonObject } from './json.ts'

/** What a model says; the rest of an answer's chunks are made around it. */
export type ContentChunk = TextChunk | ReasoningChunk | ToolCallChunk

/** Text and reasoning of one choice, whole or a piece of it. */
export function contentOf(choice: JsonObject): ContentChunk[] {
  // One server sends the whole message so far beside each delta: the delta is what is new.
  const delta = asObject(choice['delta']) ?? asObject(choice['message'])
  if (!delta) return textChunks(choice['text'])
  const reasoning = asText(delta['reasoning_content']) ?? asText(delta['reasoning'])
  const chunks = partsOf(delta['content'])
  if (reasoning !== undefined) chunks.unshift({ type: 'reasoning', text: reasoning })
  return delta['refusal'] ? chunks.concat(textChunks(delta['refusal'])) : chunks
}

/** Content is a text, or a list of parts: texts, refusals and thoughts. */
function partsOf(content: unknown): ContentChunk[] {
  if (typeof content === 'string') return textChunks(content)
  return asArray(content).flatMap((value): ContentChunk[] => {
    const part = asObject(value)
    if (part?.['type'] === 'thinking') return partsOf(part['thinking']).map(asReasoning)
    return textChunks(part?.['text'] ?? part?.['refusal'])
  })
}

function textChunks(value: unknown): TextChunk[] {
  const text = asText(value)
  return text === undefined ? [] : [{ type: 'text', text }]
}


function asReasoning(chunk: ContentChunk): ContentChunk {
  return chunk.type === 'text' ? { type: 'reasoning', text: chunk.text } : chunk
}
