import type { Dispatcher } from 'undici'
import { type BodyQueue, createBodyQueue, type HttpResponse } from './httpResponse.ts'

export interface HttpRequest {
  readonly url: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What the sender of a request is told and may do. */
export interface HttpExchange {
  /** Aborting closes the socket at once, whatever stage the request is at. */
  readonly signal: AbortSignal
  /** A socket is there. */
  readonly onConnected?: () => void
  /** The whole request was handed to the socket. */
  readonly onSent?: () => void
}

/** A request failed in the network. `phase` is how far it had come. */
export class ConnectionError extends Error {
  readonly phase: 'connect' | 'headers' | 'body'

  constructor(phase: ConnectionError['phase'], cause: Error) {
    super(cause.message, { cause })
    this.name = 'ConnectionError'
    this.phase = phase
  }
}

/**
 * Sends one request through undici and resolves at the response's headers. No redirect is followed.
 *
 * No time limit of undici's applies but the one on connecting: a model may think for minutes before its first byte and
 * between two. How long silence may last is for those who know what is being waited for; a machine that is gone is
 * found by TCP keep-alive, which undici turns on.
 */
export function sendRequest(dispatcher: Dispatcher, request: HttpRequest, exchange: HttpExchange): Promise<HttpResponse> {
  const { signal, onConnected, onSent } = exchange
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(new ConnectionError('connect', aborted()))
    const { origin, pathname, search } = new URL(request.url)
    let phase: ConnectionError['phase'] = 'connect'
    let controller: Dispatcher.DispatchController | undefined
    let body: BodyQueue | undefined

    const stopListening = () => signal.removeEventListener('abort', abort)
    const fail = (error: Error) => {
      stopListening()
      const failure = new ConnectionError(phase, error)
      reject(failure)
      body?.end(failure)
    }
    const abort = () => {
      controller?.abort(aborted())
      fail(aborted())
    }
    signal.addEventListener('abort', abort, { once: true })

    const handler: Dispatcher.DispatchHandler = {
      onRequestStart(started) {
        controller = started
        if (signal.aborted) return started.abort(aborted())
        phase = 'headers'
        onConnected?.()
        // undici writes a text body in the same turn, right after this call.
        if (onSent) queueMicrotask(() => !signal.aborted && onSent())
      },
      onResponseStart(started, status, headers) {
        if (status < 200) return
        phase = 'body'
        const queue = createBodyQueue(started, stopListening)
        body = queue
        // They would hold the memory of the first read for as long as the response lasts.
        started.rawHeaders = null
        resolve({ status, headers: flatten(headers), read: queue.read, release: queue.release })
      },
      onResponseData: (_, bytes) => body?.push(bytes),
      onResponseEnd: () => body?.end(),
      onResponseError: (_, error) => fail(error),
    }
    try {
      const { method, headers } = request
      const path = pathname + search
      // The signal is for `pooledAgent`, before there is a controller; others pass over it.
      const options: Dispatcher.RequestOptions = { origin, path, method, headers, body: request.body, headersTimeout: 0, bodyTimeout: 0, signal }
      dispatcher.dispatch(options, handler)
    } catch (error) {
      fail(error instanceof Error ? error : new Error(String(error)))
    }
  })
}

function aborted(): Error {
  return new DOMException('The request was dropped', 'AbortError')
}

function flatten(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const flat: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value
  }
  return flat
}
