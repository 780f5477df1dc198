import { answerText } from './answerText.ts'
import type { ChatRequest } from './chatRequest.ts'
import type { ScriptedAnswer } from './script.ts'
import { countTokens, piecesOf } from './tokens.ts'

/** The events of a streamed answer, made one by one as they are asked for. */
export function* chatEvents(answer: ScriptedAnswer, request: ChatRequest): Generator<string> {
  const { tokensPerEvent = 1, finishReason = 'stop', roleFirst = true, toolCalls = [], done = true } = answer
  const { text, reasoning } = answerText(answer, request)
  const head = `data: {"id":"simulated","object":"chat.completion.chunk","created":0,"model":${JSON.stringify(request.model)},"choices":[`
  const event = (delta: string, reason = 'null') => `${head}{"index":0,"delta":${delta},"finish_reason":${reason}}]}\n\n`
  const pieces = function* (field: string, said: string) {
    const [before = '', after = ''] = event(`{"${field}":\0}`).split('\0')
    for (const piece of piecesOf(said, tokensPerEvent)) yield before + JSON.stringify(piece) + after
  }

  if (roleFirst) yield event('{"role":"assistant","content":""}')
  yield* pieces('reasoning_content', reasoning)
  yield* pieces('content', text)
  for (const [index, { id, name, arguments: given }] of toolCalls.entries()) {
    yield event(JSON.stringify({ tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] }))
    for (const piece of piecesOf(given, tokensPerEvent)) yield event(JSON.stringify({ tool_calls: [{ index, function: { arguments: piece } }] }))
  }
  if (finishReason !== null) yield event('{}', JSON.stringify(finishReason))
  if (reportsUsage(answer, request.usageAsked)) yield `${head}],"usage":${JSON.stringify(chatUsage(answer, request))}}\n\n`
  if (done) yield 'data: [DONE]\n\n'
}

/** The same answer as one response. */
export function chatBody(answer: ScriptedAnswer, request: ChatRequest): string {
  const { finishReason = 'stop', toolCalls = [] } = answer
  const { text, reasoning } = answerText(answer, request)
  const calls = toolCalls.map((call) => ({ id: call.id, type: 'function', function: { name: call.name, arguments: call.arguments } }))
  const message = {
    role: 'assistant',
    content: text,
    ...(reasoning !== '' && { reasoning_content: reasoning }),
    ...(calls.length > 0 && { tool_calls: calls }),
  }
  return JSON.stringify({
    id: 'simulated',
    object: 'chat.completion',
    created: 0,
    model: request.model,
    choices: [{ index: 0, message, finish_reason: finishReason }],
    ...(reportsUsage(answer, true) && { usage: chatUsage(answer, request) }),
  })
}

/** The simulator's tokens: those of the messages, and of everything that the whole answer says. */
export function chatUsage(answer: ScriptedAnswer, request: Pick<ChatRequest, 'messages'>): Usage {
  const { text, reasoning } = answerText(answer, request)
  const said = [reasoning, text, ...(answer.toolCalls ?? []).map((call) => call.name + call.arguments)]
  const prompt_tokens = countTokens(request.messages.map((message) => message.text).join('\n'))
  const completion_tokens = said.reduce((sum, part) => sum + countTokens(part), 0)
  return { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens }
}

interface Usage {
  readonly prompt_tokens: number
  readonly completion_tokens: number
  readonly total_tokens: number
}

function reportsUsage({ usage = 'asked' }: ScriptedAnswer, asked: boolean): boolean {
  return usage === 'always' || (usage === 'asked' && asked)
}
