import type { ScriptedAnswer } from './script.ts'

const defaultText = 'This is a scripted answer. It was written by nobody and means nothing; it only comes in pieces, as answers do.'

/** Cuts a text into pieces that stand for tokens: words of up to 8 characters with the blanks before them. */
export function tokensOf(text: string): string[] {
  return text.match(/\s*[^\s]{1,8}|\s+/gu) ?? []
}

/** Stands for `tokensOf(text).length` where a request is counted. */
export interface ScriptedUsage {
  readonly prompt_tokens: number
  readonly completion_tokens: number
  readonly total_tokens: number
}

/** The payloads of one answer: what a stream sends one by one, and a whole response all together. */
export function chatPayloads(answer: ScriptedAnswer, model: string, promptText: string, usageAsked: boolean): object[] {
  const { tokensPerEvent = 1, finishReason = 'stop', roleFirst = true, toolCalls = [] } = answer
  const common = { id: 'simulated', object: 'chat.completion.chunk', created: 0, model }
  const payload = (choices: readonly object[], more: object = {}) => ({ ...common, choices, ...more })
  const event = (delta: object, reason: string | null = null) => payload([{ index: 0, delta, finish_reason: reason }])
  const pieces = (text: string, field: string) => grouped(tokensOf(text), tokensPerEvent).map((piece) => event({ [field]: piece }))
  return [
    ...(roleFirst ? [event({ role: 'assistant', content: '' })] : []),
    ...pieces(answer.reasoning ?? '', 'reasoning_content'),
    ...pieces(textOf(answer), 'content'),
    ...toolCalls.flatMap((call, index) => [
      event({ tool_calls: [{ index, id: call.id, type: 'function', function: { name: call.name, arguments: '' } }] }),
      ...grouped(tokensOf(call.arguments), tokensPerEvent).map((piece) => event({ tool_calls: [{ index, function: { arguments: piece } }] })),
    ]),
    ...(finishReason === null ? [] : [event({}, finishReason)]),
    ...(reportsUsage(answer, usageAsked) ? [payload([], { usage: usageOf(answer, promptText) })] : []),
  ]
}

/** The same answer as one response. */
export function chatBody(answer: ScriptedAnswer, model: string, promptText: string): object {
  const { finishReason = 'stop', toolCalls = [], reasoning } = answer
  const calls = toolCalls.map((call) => ({ id: call.id, type: 'function', function: { name: call.name, arguments: call.arguments } }))
  const message = {
    role: 'assistant',
    content: textOf(answer),
    ...(reasoning !== undefined && { reasoning_content: reasoning }),
    ...(calls.length > 0 && { tool_calls: calls }),
  }
  return {
    id: 'simulated',
    object: 'chat.completion',
    created: 0,
    model,
    choices: [{ index: 0, message, finish_reason: finishReason }],
    ...(reportsUsage(answer, true) && { usage: usageOf(answer, promptText) }),
  }
}

function textOf({ text, toolCalls = [] }: ScriptedAnswer): string {
  return text ?? (toolCalls.length > 0 ? '' : defaultText)
}

function reportsUsage({ usage = 'asked' }: ScriptedAnswer, asked: boolean): boolean {
  return usage === 'always' || (usage === 'asked' && asked)
}

function usageOf(answer: ScriptedAnswer, promptText: string): ScriptedUsage {
  const { reasoning = '', toolCalls = [] } = answer
  const completion = [reasoning, textOf(answer), ...toolCalls.map((call) => call.name + call.arguments)]
  const prompt_tokens = tokensOf(promptText).length
  const completion_tokens = completion.reduce((sum, text) => sum + tokensOf(text).length, 0)
  return { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens }
}

function grouped(pieces: readonly string[], size: number): string[] {
  const groups: string[] = []
  for (let start = 0; start < pieces.length; start += size) groups.push(pieces.slice(start, start + size).join(''))
  return groups
}
