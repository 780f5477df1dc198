import type { BatchQuestion, PlainRequest } from '../types/question.ts'
import type { Message } from '../types/completion.ts'

/** What a line of JSON asks; the id may be missing. */
export type AskedInJson = Omit<BatchQuestion, 'id' | 'line'> & { readonly id?: string }

const questionFields = ['question', 'text', 'query', 'prompt'] as const

/**
 * Reads `{"question", "id"?}` (also `text`, `query`, `prompt`), or a line of OpenAI's batch files:
 * `{"custom_id", "method"?, "url"?, "body": {"model", "messages", …}}`.
 *
 * @throws Error that says what would be right.
 */
export function questionIn(value: unknown): AskedInJson {
  if (!isObject(value)) throw new Error('expected an object such as {"question": "…"}')
  return 'body' in value || 'custom_id' in value ? requestIn(value) : plainQuestion(value)
}

function plainQuestion(value: Fields): AskedInJson {
  const field = questionFields.find((name) => name in value)
  if (field === undefined) throw new Error(`expected a field "question"${withNearest(Object.keys(value))}`)
  const question = value[field]
  if (typeof question !== 'string') throw new Error(`expected ${field} to be a text`)
  if (question.trim() === '') throw new Error(`the ${field} is empty`)
  return { question, ...idIn(value['id'], 'id') }
}

function requestIn({ custom_id, method = 'POST', url = '/v1/chat/completions', body }: Fields): AskedInJson {
  if (custom_id === undefined) throw new Error('expected a custom_id')
  if (method !== 'POST') throw new Error(`expected method POST, got ${JSON.stringify(method)}`)
  if (url !== '/v1/chat/completions') throw new Error(`expected url /v1/chat/completions, got ${JSON.stringify(url)}`)
  if (!isObject(body)) throw new Error('expected body to be an object')
  const { model, messages, temperature, max_tokens, max_completion_tokens = max_tokens, stream: _, n = 1, ...parameters } = body
  if (n !== 1) throw new Error('expected n to be 1: one answer a line')
  if (model !== undefined && typeof model !== 'string') throw new Error('expected model to be a text')
  const asked = messagesIn(messages)
  const request: PlainRequest = {
    messages: asked,
    ...(model !== undefined && { model }),
    ...numberIn('temperature', temperature),
    ...numberIn('maxOutputTokens', max_completion_tokens),
    ...(Object.keys(parameters).length > 0 && { parameters }),
  }
  return { question: asked.findLast(({ role }) => role === 'user')?.content ?? '', request, ...idIn(custom_id, 'custom_id') }
}

type Fields = Readonly<Record<string, unknown>>

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function idIn(id: unknown, name: string): { readonly id?: string } {
  if (id === undefined || id === null) return {}
  if (typeof id === 'number') return { id: String(id) }
  if (typeof id !== 'string' || id === '') throw new Error(`expected ${name} to be a text`)
  return { id }
}

function numberIn(name: 'temperature' | 'maxOutputTokens', value: unknown): { readonly [name: string]: number } {
  if (value === undefined || value === null) return {}
  if (typeof value !== 'number') throw new Error(`expected ${name} to be a number`)
  return { [name]: value }
}

const roles: Readonly<Record<string, Message['role']>> = { system: 'system', developer: 'system', user: 'user', assistant: 'assistant' }

function messagesIn(value: unknown): readonly Message[] {
  if (!Array.isArray(value) || value.length === 0) throw new Error('expected body.messages to be a list of messages')
  return value.map((message: unknown) => {
    const { role, content } = isObject(message) ? message : {}
    const known = roles[String(role)]
    if (known === undefined) throw new Error(`expected the role of a message to be system, user or assistant, got ${JSON.stringify(role)}`)
    return { role: known, content: textIn(content) }
  })
}

/** A text, or a list of parts that are texts. */
function textIn(content: unknown): string {
  if (typeof content === 'string') return content
  const parts: readonly unknown[] = Array.isArray(content) ? content : []
  const texts = parts.map((part) => (isObject(part) && part['type'] === 'text' ? part['text'] : undefined))
  if (texts.length > 0 && texts.every((text) => typeof text === 'string')) return texts.join('')
  throw new Error('expected the content of a message to be text')
}

function withNearest(names: readonly string[]): string {
  return names.length === 0 ? '' : `, got ${names.slice(0, 5).map((name) => JSON.stringify(name)).join(', ')}`
}
