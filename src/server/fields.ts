import type { Message } from '../types/completion.ts'
import { RequestError } from './incoming.ts'
import type { ServedQuery } from './servedQuery.ts'

type Fields = Readonly<Record<string, unknown>>

const maxTopK = 100
const maxTurns = 200

/** The query that a request asks, from its fields, whose values may be texts. Fails with `RequestError` 400. */
export function readQuery(fields: Fields, modes: readonly string[]): ServedQuery {
  const question = fields['question'] ?? fields['query_text']
  if (typeof question !== 'string' || question.trim() === '') throw bad('Expected a question: the field question')
  const mode = fields['mode'] ?? undefined
  if (mode !== undefined && !(typeof mode === 'string' && modes.includes(mode))) throw bad(modes.length === 0 ? 'Expected no mode: this server has one way to answer' : `Expected mode to be one of ${modes.join(', ')}`)
  const topK = numberIn(fields, ['top_k', 'topK'], 1, maxTopK, true)
  const temperature = numberIn(fields, ['temperature'], 0, 2, false)
  const maxOutputTokens = numberIn(fields, ['max_output_tokens', 'maxOutputTokens'], 1, 1_000_000, true)
  const history = (fields['history'] ?? undefined) === undefined ? undefined : readMessages(fields['history'])
  return {
    question,
    ...(mode !== undefined && { mode }),
    ...(topK !== undefined && { topK }),
    ...(temperature !== undefined && { temperature }),
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    ...(history !== undefined && { history }),
  }
}

/** Turns of a conversation. */
export function readMessages(value: unknown): readonly Message[] {
  if (!Array.isArray(value) || value.length > maxTurns) throw bad(`Expected a list of at most ${maxTurns} messages`)
  return value.map((item: unknown) => {
    const { role, content } = (typeof item === 'object' && item !== null ? item : {}) as Fields
    if ((role !== 'user' && role !== 'assistant' && role !== 'system') || typeof content !== 'string') {
      throw bad('Expected each message to have a role (user, assistant, system) and a content of text')
    }
    return { role, content }
  })
}

function numberIn(fields: Fields, names: readonly string[], least: number, most: number, whole: boolean): number | undefined {
  const name = names.find((known) => fields[known] !== undefined && fields[known] !== null)
  if (name === undefined) return undefined
  const given = fields[name]
  const value = typeof given === 'string' && /^\d+(\.\d+)?$/.test(given) ? Number(given) : given
  if (typeof value === 'number' && value >= least && value <= most && (!whole || Number.isInteger(value))) return value
  throw bad(`Expected ${name} to be a ${whole ? 'whole ' : ''}number from ${least} to ${most}`)
}

function bad(message: string): RequestError {
  return new RequestError(400, 'bad-request', message)
}
