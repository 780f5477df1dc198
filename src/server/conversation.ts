import { readQuery } from './fields.ts'
import { RequestError } from './incoming.ts'
import type { ServedQuery } from './servedQuery.ts'

type Fields = Readonly<Record<string, unknown>>

export function asFields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}

/** The query of a conversation: the last message that is no system message is the question, all others are its history. */
export function readConversation(messages: unknown, settings: Fields, modes: readonly string[]): ServedQuery {
  if (!Array.isArray(messages) || messages.length === 0) throw new RequestError(400, 'bad-request', 'Expected messages: a list that is not empty')
  const turns = messages.map((message: unknown) => {
    const { role, content, parts } = asFields(message)
    return { role: role === 'developer' ? 'system' : role, content: textOf(content ?? parts) }
  })
  const at = turns.findLastIndex(({ role }) => role !== 'system')
  const last = turns[at]
  if (last?.role !== 'user') throw new RequestError(400, 'bad-request', 'Expected the last message to be one of the user: the question')
  const history = turns.toSpliced(at, 1)
  return readQuery({ ...settings, question: last.content, ...(history.length > 0 && { history }) }, modes)
}

/** A text, or the text parts of a list; other parts of an assistant's message (sources, reasoning) are passed over. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  if (content === undefined || !Array.isArray(content)) throw new RequestError(400, 'bad-request', 'Expected the content of a message to be text or a list of text parts')
  return content.map(asFields).map(({ type, text }) => {
    if (type === 'image_url' || type === 'input_audio' || type === 'file') throw new RequestError(400, 'unsupported', 'Expected text only: files and images are not read')
    return type === 'text' && typeof text === 'string' ? text : ''
  }).join('')
}
