import { Observable } from 'rxjs'
import { ProviderError, TruncatedError } from '../errors.ts'
import { nowNs } from '../internal/mark.ts'
import type { RateLimitedRequest } from '../policies/rateLimits.ts'
import type { Chunk, MarkName } from '../types/chunk.ts'
import type { Tokenizer } from '../types/ports.ts'
import { createAnswerProgress } from './answerProgress.ts'
import type { ContentChunk } from './chatContent.ts'
import { createChatDecoder } from './chatCompletions.ts'
import { type HttpResponse, mediaTypeOf } from './httpResponse.ts'
import { errorOfResponse, finishedError, type Service } from './providerErrors.ts'
import { readRateLimits } from './rateLimitHeaders.ts'
import { readBody } from './readBody.ts'
import type { HttpExchange } from './sendRequest.ts'
import { createEventDecoder, type ServerSentEvent } from './serverSentEvents.ts'

export interface ChatCall {
  readonly service: Service
  readonly request: RateLimitedRequest
  /** Takes `[DONE]` for the end of an answer that has no finish reason. */
  readonly finishOnDone: boolean
  /** Counts what the server does not report. Default: an estimate by length. */
  readonly tokenizer?: Tokenizer | undefined
  /** Sends the request; resolves at the headers of the response. */
  readonly send: (exchange: HttpExchange) => Promise<HttpResponse>
}

const maxBodyBytes = 16_777_216
/** An answer with its finish reason is whole: `usage` and `[DONE]` mostly come with it, and are not waited for any longer. */
const maxRestMs = 2000

/**
 * One call of a chat completions service, from the request to `finish`. What the response is, not what was asked for,
 * decides how it is read: an event stream or one JSON body give the same chunks.
 *
 * - Order: as the server sends; marks stand right before what they mark.
 * - Memory: what one read of the socket brings (64 KiB) and one unfinished event. While the gate is held nothing is read.
 * - Drop: unsubscribing closes the socket at once, before the headers and while the gate is held too.
 * - Errors: `ProviderError`; `TruncatedError` when the answer ends without a finish reason, unless `[DONE]` came and
 *   `finishOnDone` is set; `OverflowError` for lines, events and bodies above their bounds.
 *   A connection that breaks or falls silent after the finish reason is no error: the answer is whole.
 */
export function chatAnswer({ service, request, finishOnDone, tokenizer, send }: ChatCall): Observable<Chunk> {
  const { attempt = 1, gate } = request

  return new Observable<Chunk>((subscriber) => {
    const controller = new AbortController()
    const { signal } = controller
    const progress = createAnswerProgress({ ...service, attempt, messages: request.messages, tokenizer })
    const decoder = createChatDecoder({ redactor: service.redactor })
    const marked = new Set<MarkName>()
    /** When the bytes came that are being read: the time of all that is in them. */
    let readAt = 0
    let restUntil: number | undefined
    let reported = false
    let over = false

    const reportUsage = () => {
      if (reported) return
      reported = true
      progress.usage = decoder.usage
      request.onUsage?.(progress.call())
    }
    subscriber.add(() => {
      if (!over) controller.abort(dropped)
      reportUsage()
    })

    const markOnce = (name: MarkName, at = nowNs()) => {
      if (marked.has(name)) return
      marked.add(name)
      subscriber.next({ type: 'mark', name, attempt, at })
    }
    const emit = (chunk: ContentChunk) => {
      progress.take(chunk, readAt)
      if (progress.lastAt > 0) markOnce('any1', readAt)
      if (chunk.type === 'text') markOnce('visible1', readAt)
      subscriber.next(chunk)
    }
    const markHeaders = ({ status, headers }: HttpResponse) => {
      const requestId = requestIdOf(headers)
      const named = requestId === undefined ? {} : { requestId: service.redactor.line(requestId) }
      const streaming = mediaTypeOf(headers) === eventStream
      subscriber.next({ type: 'mark', name: 'headers', attempt, at: nowNs(), status, streaming, ...named })
    }
    const tellLimits = ({ headers }: HttpResponse) => {
      const limits = request.onLimits && readRateLimits(headers)
      if (limits) request.onLimits?.(limits)
    }
    const takeEvent = (event: ServerSentEvent) => {
      if (decoder.done || subscriber.closed) return
      markOnce('event1', readAt)
      progress.events++
      for (const chunk of decoder.pushEvent(event)) emit(chunk)
    }
    const limitRest = (response: HttpResponse) => {
      if (decoder.finishReason === undefined) return undefined
      restUntil ??= performance.now() + maxRestMs
      return setTimeout(() => response.release(), restUntil - performance.now())
    }
    const readEvents = async (response: HttpResponse) => {
      const events = createEventDecoder({ redactor: service.redactor })
      while (!decoder.done && !subscriber.closed) {
        if (gate?.held) await gate.opened(signal)
        let bytes: Uint8Array | undefined
        const timer = limitRest(response)
        try {
          bytes = await response.read()
        } catch (error) {
          if (decoder.finishReason === undefined) throw error
        } finally {
          clearTimeout(timer)
        }
        if (!bytes) return
        readAt = nowNs()
        progress.bytes += bytes.length
        markOnce('byte1', readAt)
        events.push(bytes, takeEvent)
      }
    }
    const readWhole = async (response: HttpResponse) => {
      if (gate?.held) await gate.opened(signal)
      const body = await readBody(response, maxBodyBytes, (count) => {
        progress.bytes += count
        markOnce('byte1')
      })
      readAt = nowNs()
      markOnce('event1', readAt)
      for (const chunk of decoder.pushBody(parsedBody(body))) emit(chunk)
    }
    const run = async () => {
      const response = await send({ signal, onConnected: () => markOnce('connected'), onSent: () => markOnce('sent') })
      Object.assign(progress, { phase: 'headers', status: response.status, requestId: requestIdOf(response.headers) })
      markHeaders(response)
      tellLimits(response)
      if (response.status < 200 || response.status > 299) throw await errorOfResponse(response, service)
      Object.assign(progress, { phase: 'body', accepted: true })
      await (isWhole(response, service) ? readWhole(response) : readEvents(response))
      if (subscriber.closed) return
      response.release()
      const reason = decoder.finishReason ?? (decoder.done && finishOnDone ? 'other' : undefined)
      if (reason === undefined) throw truncated(decoder.done, service)
      over = true
      if (progress.lastAt > 0) markOnce('last', progress.lastAt)
      markOnce('finished')
      reportUsage()
      subscriber.next({ type: 'finish', reason })
      subscriber.complete()
    }
    run().catch((error: unknown) => {
      // After an unsubscribe this is the echo of our own abort.
      if (subscriber.closed) return
      const finished = finishedError(error, service, progress.detail())
      controller.abort(dropped)
      reportUsage()
      subscriber.error(finished)
    })
  })
}

/** Made once: an abort without a reason makes an exception with a stack, which costs more than the rest of it. */
const dropped = new Error('The request was dropped')

function truncated(done: boolean, { origin }: Service): TruncatedError {
  return new TruncatedError(
    done
      ? `${origin} ended the answer with [DONE] but without a finish reason, as relays do after a cut; ` +
        'set finishOnDone if this server never gives one'
      : `${origin} ended the answer without a finish reason: it is not whole`,
  )
}

function isWhole(response: HttpResponse, { origin }: Service): boolean {
  const type = mediaTypeOf(response.headers)
  const encoding = response.headers['content-encoding'] ?? 'identity'
  const found = encoding === 'identity' ? type : `${type} in ${encoding}`
  if (found === eventStream || found === '') return false
  if (/^application\/([\w.-]+\+)?json$/.test(found)) return true
  const advice = 'is the base URL right? It mostly ends in /v1'
  throw new ProviderError('wrong-content-type', `Expected an answer from ${origin}, got ${found}: ${advice}`)
}

const eventStream = 'text/event-stream'

function requestIdOf(headers: Readonly<Record<string, string>>): string | undefined {
  return headers['x-request-id'] ?? headers['request-id'] ?? headers['apim-request-id']
}

function parsedBody(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    const message = `Expected the response to be JSON, got ${text.length} characters of something else`
    throw new ProviderError('malformed-event', message, { retryable: true })
  }
}
