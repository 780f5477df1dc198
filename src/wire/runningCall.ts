import type { Subscriber, Unsubscribable } from 'rxjs'
import { nowNs } from '../internal/mark.ts'
import type { RateLimitedRequest } from '../policies/rateLimits.ts'
import type { Chunk, MarkName } from '../types/chunk.ts'
import type { Tokenizer } from '../types/ports.ts'
import { AnswerProgress } from './answerProgress.ts'
import type { ContentChunk } from './chatContent.ts'
import { type ChatDecoder, createChatDecoder } from './chatCompletions.ts'
import { headersMark, isWhole, parsedBody, requestIdOf, truncated } from './chatResponse.ts'
import { HttpExchange } from './httpExchange.ts'
import type { BodyReader, HttpResponse } from './httpResponse.ts'
import { errorOfResponse, finishedError, type Service } from './providerErrors.ts'
import { readRateLimits } from './rateLimitHeaders.ts'
import { readBody } from './readBody.ts'
import { ConnectionError } from './sendRequest.ts'
import { EventLines, type EventTaker, type ServerSentEvent } from './serverSentEvents.ts'

/** What all calls of a model have in common. */
export interface ChatCalls {
  readonly service: Service
  /** Takes `[DONE]` for the end of an answer that has no finish reason. */
  readonly finishOnDone: boolean
  /** Counts what the server does not report. Default: an estimate by length. */
  readonly tokenizer?: Tokenizer | undefined
  readonly send: (request: RateLimitedRequest, exchange: HttpExchange) => void
}

const maxBodyBytes = 16_777_216
const marksOnce = { connected: 1, sent: 2, byte1: 4, event1: 8, any1: 16, visible1: 32, last: 64, finished: 128 } satisfies Partial<Record<MarkName, number>>
/** An answer with its finish reason is whole: `usage` and `[DONE]` mostly come with it, and are not waited for any longer. */
const maxRestMs = 2000

/** One call on its way. A class, as there may be thousands of them: methods are shared, functions in a closure are not. */
export class RunningCall extends HttpExchange implements BodyReader, EventTaker, Unsubscribable {
  readonly #calls: ChatCalls
  readonly #request: RateLimitedRequest
  readonly #subscriber: Subscriber<Chunk>
  readonly #attempt: number
  readonly #progress: AnswerProgress
  readonly #decoder: ChatDecoder
  /** A bit for each of `marksOnce` that was told. */
  #marked = 0
  /** When the bytes came that are being read: the time of all that is in them. */
  #readAt = 0
  #events: EventLines | undefined
  #restTimer: NodeJS.Timeout | undefined
  #response: HttpResponse | undefined
  #reported = false
  #over = false

  constructor(calls: ChatCalls, request: RateLimitedRequest, subscriber: Subscriber<Chunk>) {
    super()
    const { service, tokenizer } = calls
    this.#calls = calls
    this.#request = request
    this.#subscriber = subscriber
    this.#attempt = request.attempt ?? 1
    this.#progress = new AnswerProgress(service, request.messages, this.#attempt, tokenizer)
    this.#decoder = createChatDecoder({ redactor: service.redactor })
  }

  unsubscribe(): void {
    if (!this.#over) this.drop()
    this.#reportUsage()
  }

  override onResponse(response: HttpResponse): void {
    this.#begin(response).catch((error: unknown) => this.fail(error))
  }

  override onFailed(error: unknown): void {
    // What the caller throws at an error must not run through who sends, and end other requests.
    if (!this.isDropped) queueMicrotask(() => this.fail(error))
  }

  async #begin(response: HttpResponse): Promise<void> {
    const { service } = this.#calls
    const request = this.#request
    const progress = this.#progress
    progress.phase = 'headers'
    progress.status = response.status
    progress.requestId = requestIdOf(response.headers)
    this.#subscriber.next(headersMark(response, this.#attempt, service))
    const limits = request.onLimits && readRateLimits(response.headers)
    if (limits) request.onLimits?.(limits)
    if (response.status < 200 || response.status > 299) throw await errorOfResponse(response, service)
    progress.phase = 'body'
    progress.accepted = true
    this.#response = response
    if (isWhole(response, service)) return this.#readWhole(response)
    this.#events = new EventLines(this, { redactor: service.redactor })
    response.readInto(this)
  }

  async #finish(): Promise<void> {
    if (this.#subscriber.closed) return
    await this.#response?.release()
    const { service, finishOnDone } = this.#calls
    const reason = this.#decoder.finishReason ?? (this.#decoder.done && finishOnDone ? 'other' : undefined)
    if (reason === undefined) throw truncated(this.#decoder.done, service)
    this.#over = true
    if (this.#progress.lastAt > 0) this.#markOnce('last', this.#progress.lastAt)
    this.#markOnce('finished')
    this.#reportUsage()
    this.#subscriber.next({ type: 'finish', reason })
    this.#subscriber.complete()
  }

  fail(error: unknown): void {
    // After an unsubscribe this is the echo of our own abort.
    if (this.#subscriber.closed) return
    const finished = finishedError(error, this.#calls.service, this.#progress.detail())
    // An `onUsage` that throws must not keep the answer from its end.
    try {
      this.drop()
      this.#reportUsage()
    } finally {
      this.#subscriber.error(finished)
    }
  }

  override onConnected(): void {
    this.#markOnce('connected')
  }

  override onSent(): void {
    this.#markOnce('sent')
  }

  #reportUsage(): void {
    if (this.#reported) return
    this.#reported = true
    this.#progress.usage = this.#decoder.usage
    this.#request.onUsage?.(this.#progress.call())
  }

  #markOnce(name: keyof typeof marksOnce, at = nowNs()): void {
    if ((this.#marked & marksOnce[name]) !== 0) return
    this.#marked |= marksOnce[name]
    this.#subscriber.next({ type: 'mark', name, attempt: this.#attempt, at })
  }

  held(): Promise<void> | undefined {
    return this.heldBy(this.#request.gate)
  }

  take(bytes: Uint8Array): boolean {
    if (this.#subscriber.closed) return false
    this.#readAt = nowNs()
    this.#progress.bytes += bytes.length
    this.#markOnce('byte1', this.#readAt)
    this.#events?.push(bytes)
    if (this.#decoder.finishReason !== undefined && this.#restTimer === undefined) this.#limitRest()
    return !this.#decoder.done && !this.#subscriber.closed
  }

  ended(failure?: unknown): void {
    clearTimeout(this.#restTimer)
    const isWhole = failure instanceof ConnectionError && this.#decoder.finishReason !== undefined
    if (failure === undefined || isWhole) this.#finish().catch((error: unknown) => this.fail(error))
    else this.fail(failure)
  }

  /** The rest may have come already, and wait for the gate: then it is not the server that is late. */
  #limitRest(): void {
    this.#restTimer = setTimeout(() => (this.#request.gate?.held === true ? this.#limitRest() : void this.#response?.release()), maxRestMs)
  }

  takeEvent(event: ServerSentEvent): void {
    if (this.#decoder.done || this.#subscriber.closed) return
    this.#markOnce('event1', this.#readAt)
    this.#progress.events++
    for (const chunk of this.#decoder.pushEvent(event)) this.#emit(chunk)
  }

  async #readWhole(response: HttpResponse): Promise<void> {
    await this.held()
    const body = await readBody(response, maxBodyBytes, (count) => {
      this.#progress.bytes += count
      this.#markOnce('byte1')
    })
    this.#readAt = nowNs()
    this.#markOnce('event1', this.#readAt)
    for (const chunk of this.#decoder.pushBody(parsedBody(body))) this.#emit(chunk)
    return this.#finish()
  }

  #emit(chunk: ContentChunk): void {
    this.#progress.take(chunk, this.#readAt)
    if (this.#progress.lastAt > 0) this.#markOnce('any1', this.#readAt)
    if (chunk.type === 'text') this.#markOnce('visible1', this.#readAt)
    this.#subscriber.next(chunk)
  }
}
