import type { ProviderErrorDetail } from '../errors.ts'
import { type AnswerCount, createAnswerCount } from '../internal/answerCount.ts'
import { TextTail } from '../internal/textTail.ts'
import { utf8Length } from '../internal/utf8Length.ts'
import type { ModelCall } from '../types/chunk.ts'
import type { Message } from '../types/completion.ts'
import type { Tokenizer } from '../types/ports.ts'
import type { ContentChunk } from './chatContent.ts'
import type { ServerUsage } from './chatUsage.ts'
import type { Service } from './providerErrors.ts'

const tailLength = 1024
/** By experience, over languages. Servers that report usage make this moot. */
const bytesPerToken = 4
const tokensAroundMessage = 4

/** How far one answer has come: what its errors and its usage are made from. */
export class AnswerProgress {
  phase: NonNullable<ProviderErrorDetail['phase']> = 'connect'
  status: number | undefined
  requestId: string | undefined
  events = 0
  /** Of the body. */
  bytes = 0
  usage: ServerUsage | undefined
  /** The server has taken the request: from here on it may cost. */
  accepted = false
  /** When the last text of any channel came; 0 before. */
  lastAt = 0
  readonly #service: Service
  readonly #messages: readonly Message[]
  readonly #attempt: number
  readonly #tokenizer: Tokenizer | undefined
  readonly #count: AnswerCount | undefined
  readonly #tail: TextTail
  #textLength = 0
  #outputBytes = 0

  /** @param tokenizer counts what the server does not report. Default: an estimate by length. */
  constructor(service: Service, messages: readonly Message[], attempt: number, tokenizer?: Tokenizer) {
    this.#service = service
    this.#messages = messages
    this.#attempt = attempt
    this.#tokenizer = tokenizer
    this.#count = tokenizer && createAnswerCount(tokenizer)
    this.#tail = new TextTail(tailLength + service.redactor.reach)
  }

  take(chunk: ContentChunk, at: number): void {
    const text = chunk.type === 'tool-call' ? chunk.argumentsText + (chunk.name ?? '') : chunk.text
    if (text === '') return
    this.lastAt = at
    if (this.#count) this.#count.add(text)
    else this.#outputBytes += utf8Length(text)
    if (chunk.type !== 'text') return
    this.#textLength += text.length
    this.#tail.add(text)
  }

  detail(): ProviderErrorDetail {
    const { phase, status, requestId, events, bytes } = this
    const { redactor } = this.#service
    return {
      attempt: this.#attempt,
      phase,
      bytes,
      textLength: this.#textLength,
      events,
      textTail: redactor.tail(this.#tail.view(), tailLength),
      ...(status !== undefined && { status }),
      ...(requestId !== undefined && { requestId: redactor.line(requestId) }),
    }
  }

  call(): ModelCall {
    const call = { model: this.#service.model, purpose: 'answer' }
    return this.usage ? { ...call, ...this.usage, from: 'server' } : { ...call, ...this.#counted() }
  }

  #counted() {
    const tokenizer = this.#tokenizer
    const tokensOf = (text: string) => tokenizer?.count(text) ?? utf8Length(text) / bytesPerToken
    const inputTokens = this.accepted ? this.#messages.reduce((sum, { content }) => sum + tokensOf(content) + tokensAroundMessage, 0) : 0
    return {
      inputTokens: Math.ceil(inputTokens),
      outputTokens: this.#count?.total() ?? Math.ceil(this.#outputBytes / bytesPerToken),
      from: tokenizer?.exact === true ? ('counted' as const) : ('estimated' as const),
    }
  }
}
