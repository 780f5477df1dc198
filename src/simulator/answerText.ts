import type { ChatMessage, ChatRequest } from './chatRequest.ts'
import type { ScriptedAnswer } from './script.ts'
import { textOfTokens } from './tokens.ts'

const defaultText = 'This is a scripted answer. It was written by nobody and means nothing; it only comes in pieces, as answers do.'

/** What of an answer depends on the request. */
export interface AnswerText {
  readonly text: string
  /** Nothing when the request brings a partial answer that the text goes on from: that was thought about before. */
  readonly reasoning: string
}

/** The text that a request is answered with: the rest of it when the request brings its beginning. */
export function answerText(answer: ScriptedAnswer, { messages }: Pick<ChatRequest, 'messages'>): AnswerText {
  const { continues = false, overlap = 0, reasoning = '' } = answer
  const partial = continues ? partialAnswer(messages) : undefined
  if (partial !== undefined) {
    const whole = wholeText(answer, messages.slice(0, partial.index))
    if (whole.startsWith(partial.text)) return { text: whole.slice(Math.max(0, partial.text.length - overlap)), reasoning: '' }
  }
  return { text: wholeText(answer, messages), reasoning }
}

/** The last message of the user, else the last of all. */
export function questionIn(messages: readonly ChatMessage[]): string {
  return (messages.findLast(({ role }) => role === 'user') ?? messages.at(-1))?.text ?? ''
}

/** The model's own last message, when nothing or one message of the user follows it. */
export function partialAnswer(messages: readonly ChatMessage[]): { readonly text: string; readonly index: number } | undefined {
  const index = messages.findLastIndex(({ role }) => role === 'assistant')
  const following = messages.slice(index + 1)
  if (index === -1 || following.length > 1 || following.some(({ role }) => role !== 'user')) return undefined
  const { text = '' } = messages[index] ?? {}
  return text === '' ? undefined : { text, index }
}

function wholeText({ text, template, tokens, toolCalls = [] }: ScriptedAnswer, messages: readonly ChatMessage[]): string {
  if (text !== undefined) return text
  if (template !== undefined) return template.replaceAll('{question}', () => questionIn(messages))
  if (tokens !== undefined) return textOfTokens(tokens)
  return toolCalls.length > 0 ? '' : defaultText
}
