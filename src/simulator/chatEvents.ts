import { answerText } from './answerText.ts'
import type { ChatRequest } from './chatRequest.ts'
import type { ScriptedAnswer } from './script.ts'
import { countTokens, piecesOf } from './tokens.ts'

/** The events of a streamed answer, made one by one as they are asked for. */
export function* chatEvents(answer: ScriptedAnswer, request: ChatRequest): Generator<string> {
  yield* textEvents(answer, request)
  yield* lastEvents(answer, request)
}

/** What several requests for the same answer have in common: the role, reasoning and text. */
export function* textEvents(answer: ScriptedAnswer, request: ChatRequest): Generator<string> {
  const { tokensPerEvent = 1, roleFirst = true } = answer
  const { text, reasoning } = answerText(answer, request)
  if (roleFirst) yield eventOf(request.model, '{"role":"assistant","content":""}')
  yield* pieceEvents(request.model, 'reasoning_content', reasoning, tokensPerEvent)
  yield* pieceEvents(request.model, 'content', text, tokensPerEvent)
}

/** And what follows: tool calls, the finish reason, usage, `[DONE]`. */
export function* lastEvents(answer: ScriptedAnswer, request: ChatRequest): Generator<string> {
  const { tokensPerEvent = 1, finishReason = 'stop', toolCalls = [], done = true } = answer
  const { model, usageAsked } = request
  for (const [index, { id, name, arguments: given }] of toolCalls.entries()) {
    yield eventOf(model, JSON.stringify({ tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] }))
    for (const piece of piecesOf(given, tokensPerEvent)) yield eventOf(model, JSON.stringify({ tool_calls: [{ index, function: { arguments: piece } }] }))
  }
  if (finishReason !== null) yield eventOf(model, '{}', JSON.stringify(finishReason))
  if (reportsUsage(answer, usageAsked)) yield `${headOf(model)}],"usage":${JSON.stringify(chatUsage(answer, request))}}\n\n`
  if (done) yield 'data: [DONE]\n\n'
}

function* pieceEvents(model: string, field: string, text: string, tokensPerEvent: number): Generator<string> {
  const [before = '', after = ''] = eventOf(model, `{"${field}":\0}`).split('\0')
  for (const piece of piecesOf(text, tokensPerEvent)) yield before + JSON.stringify(piece) + after
}

function eventOf(model: string, delta: string, reason = 'null'): string {
  return `${headOf(model)}{"index":0,"delta":${delta},"finish_reason":${reason}}]}\n\n`
}

function headOf(model: string): string {
  return `data: {"id":"simulated","object":"chat.completion.chunk","created":0,"model":${JSON.stringify(model)},"choices":[`
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
