import type { ProviderErrorDetail } from '../errors.ts'
import { createAnswerCount } from '../internal/answerCount.ts'
import { TextTail } from '../internal/textTail.ts'
import { utf8Length } from '../internal/utf8Length.ts'
import type { ModelCall } from '../types/chunk.ts'
import type { Message } from '../types/completion.ts'
import type { Tokenizer } from '../types/ports.ts'
import type { ContentChunk } from './chatContent.ts'
import type { ServerUsage } from './chatUsage.ts'
import type { Redactor } from './redactor.ts'

/** How far one answer has come: what its errors and its usage are made from. */
export interface AnswerProgress {
  phase: NonNullable<ProviderErrorDetail['phase']>
  status: number | undefined
  requestId: string | undefined
  events: number
  /** Of the body. */
  bytes: number
  usage: ServerUsage | undefined
  /** The server has taken the request: from here on it may cost. */
  accepted: boolean
  /** When the last text of any channel came; 0 before. */
  readonly lastAt: number
  take(chunk: ContentChunk, at: number): void
  detail(): ProviderErrorDetail
  call(): ModelCall
}

const tailLength = 1024
/** By experience, over languages. Servers that report usage make this moot. */
const bytesPerToken = 4
const tokensAroundMessage = 4

export interface AskedOf {
  readonly model: string
  readonly redactor: Redactor
  readonly attempt: number
  readonly messages: readonly Message[]
  /** Counts what the server does not report. Default: an estimate by length. */
  readonly tokenizer?: Tokenizer | undefined
}

export function createAnswerProgress({ model, attempt, messages, redactor, tokenizer }: AskedOf): AnswerProgress {
  const count = tokenizer && createAnswerCount(tokenizer)
  const tail = new TextTail(tailLength + redactor.reach)
  let textLength = 0
  let outputBytes = 0

  const counted = (accepted: boolean) => {
    const tokensOf = (text: string) => tokenizer?.count(text) ?? utf8Length(text) / bytesPerToken
    const inputTokens = accepted ? messages.reduce((sum, { content }) => sum + tokensOf(content) + tokensAroundMessage, 0) : 0
    return {
      inputTokens: Math.ceil(inputTokens),
      outputTokens: count?.total() ?? Math.ceil(outputBytes / bytesPerToken),
      from: tokenizer?.exact === true ? ('counted' as const) : ('estimated' as const),
    }
  }

  // Fields rather than getters: an object literal with a getter is a slow one, for each stream anew.
  const progress: AnswerProgress & { lastAt: number } = {
    phase: 'connect',
    status: undefined,
    requestId: undefined,
    events: 0,
    bytes: 0,
    usage: undefined,
    accepted: false,
    lastAt: 0,
    take(chunk, at) {
      const text = chunk.type === 'tool-call' ? chunk.argumentsText + (chunk.name ?? '') : chunk.text
      if (text === '') return
      progress.lastAt = at
      if (count) count.add(text)
      else outputBytes += utf8Length(text)
      if (chunk.type !== 'text') return
      textLength += text.length
      tail.add(text)
    },
    detail() {
      const { phase, status, requestId, events, bytes } = progress
      return {
        attempt,
        phase,
        bytes,
        textLength,
        events,
        textTail: redactor.tail(tail.view(), tailLength),
        ...(status !== undefined && { status }),
        ...(requestId !== undefined && { requestId: redactor.line(requestId) }),
      }
    },
    call() {
      const { usage, accepted } = progress
      const call = { model, purpose: 'answer' }
      return usage ? { ...call, ...usage, from: 'server' } : { ...call, ...counted(accepted) }
    },
  }
  return progress
}
