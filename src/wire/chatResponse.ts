import { ProviderError, TruncatedError } from '../errors.ts'
import { nowNs } from '../internal/mark.ts'
import type { MarkChunk } from '../types/chunk.ts'
import { type HttpResponse, mediaTypeOf } from './httpResponse.ts'
import type { Service } from './providerErrors.ts'

/**
 * Whether the answer comes as one JSON body, not as an event stream.
 *
 * @throws ProviderError when it is neither.
 */
export function isWhole(response: HttpResponse, { origin }: Service): boolean {
  const type = mediaTypeOf(response.headers)
  const encoding = response.headers['content-encoding'] ?? 'identity'
  const found = encoding === 'identity' ? type : `${type} in ${encoding}`
  if (found === eventStream || found === '') return false
  if (/^application\/([\w.-]+\+)?json$/.test(found)) return true
  const advice = 'is the base URL right? It mostly ends in /v1'
  throw new ProviderError('wrong-content-type', `Expected an answer from ${origin}, got ${found}: ${advice}`)
}

const eventStream = 'text/event-stream'

/** Says that the headers are there, and what they tell. */
export function headersMark({ status, headers }: HttpResponse, attempt: number, { redactor }: Service): MarkChunk {
  const requestId = requestIdOf(headers)
  const named = requestId === undefined ? {} : { requestId: redactor.line(requestId) }
  return { type: 'mark', name: 'headers', attempt, at: nowNs(), status, streaming: mediaTypeOf(headers) === eventStream, ...named }
}

export function requestIdOf(headers: Readonly<Record<string, string>>): string | undefined {
  return headers['x-request-id'] ?? headers['request-id'] ?? headers['apim-request-id']
}

export function parsedBody(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    const message = `Expected the response to be JSON, got ${text.length} characters of something else`
    throw new ProviderError('malformed-event', message, { retryable: true })
  }
}

/** The answer has ended without a finish reason; `done`: but with `[DONE]`. */
export function truncated(done: boolean, { origin }: Service): TruncatedError {
  return new TruncatedError(
    done
      ? `${origin} ended the answer with [DONE] but without a finish reason, as relays do after a cut; ` +
        'set finishOnDone if this server never gives one'
      : `${origin} ended the answer without a finish reason: it is not whole`,
  )
}
