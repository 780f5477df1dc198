import type { Dispatcher } from 'undici'
import type { Droppable, HttpExchange } from './httpExchange.ts'
import { QueuedResponse, type ResponseOwner } from './httpResponse.ts'

export interface HttpRequest {
  /** Scheme, host and port: `https://api.openai.com`. */
  readonly origin: string
  /** With its parameters: `/v1/chat/completions?a=b`. */
  readonly path: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** A request for which a connection may have to be made. */
export interface Connecting {
  /** Called when the request is over, dropped or not; set by who makes connections. */
  leave: (() => void) | undefined
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
 * Sends one request through undici; its exchange is told of the response's headers. No redirect is followed.
 *
 * No time limit of undici's applies but the one on connecting: a model may think for minutes before its first byte and
 * between two. How long silence may last is for those who know what is being waited for; a machine that is gone is
 * found by TCP keep-alive, which undici turns on.
 */
export function sendRequest(dispatcher: Dispatcher, request: HttpRequest, exchange: HttpExchange): void {
  if (exchange.isDropped) return exchange.onFailed(new ConnectionError('connect', aborted()))
  const { origin, path, method, headers, body } = request
  const call = new Call(exchange)
  try {
    // The call is for `pooledAgent`, before there is a controller; others pass over it.
    const options: Dispatcher.RequestOptions & { call: Connecting } = { origin, path, method, headers, body, headersTimeout: 0, bodyTimeout: 0, call }
    dispatcher.dispatch(options, call)
  } catch (error) {
    call.fail(error instanceof Error ? error : new Error(String(error)))
  }
}

/** One request on its way, as undici tells of it. */
class Call implements Dispatcher.DispatchHandler, ResponseOwner, Droppable, Connecting {
  leave: (() => void) | undefined
  readonly #exchange: HttpExchange
  #phase: ConnectionError['phase'] = 'connect'
  #controller: Dispatcher.DispatchController | undefined
  #response: QueuedResponse | undefined
  #sent = false
  /** Before there was a response. */
  #failed = false

  constructor(exchange: HttpExchange) {
    this.#exchange = exchange
    exchange.sent = this
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    const exchange = this.#exchange
    this.#controller = controller
    if (exchange.isDropped) return controller.abort(aborted())
    this.#phase = 'headers'
    exchange.onConnected()
    // undici writes a text body in the same turn, right after this call.
    queueMicrotask(() => this.#tellSent())
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: Readonly<Record<string, string | string[] | undefined>>): void {
    if (status < 200 || this.#failed) return
    if (this.#phase === 'headers') this.#tellSent()
    this.#phase = 'body'
    // They would hold the memory of the first read for as long as the response lasts.
    controller.rawHeaders = null
    this.#response = new QueuedResponse(status, flatten(headers), controller, this)
    this.#exchange.onResponse(this.#response)
  }

  /** Some dispatchers answer in the turn in which they are asked. */
  #tellSent(): void {
    if (this.#sent || this.#exchange.isDropped) return
    this.#sent = true
    this.#exchange.onSent()
  }

  onResponseData(_: Dispatcher.DispatchController, bytes: Buffer): void {
    this.#response?.push(bytes)
  }

  onResponseEnd(): void {
    this.#response?.end()
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.fail(error)
  }

  fail(error: Error): void {
    this.onOver()
    const failure = new ConnectionError(this.#phase, error)
    if (this.#response !== undefined) this.#response.end(failure)
    else if (!this.#failed) {
      this.#failed = true
      this.#exchange.onFailed(failure)
    }
  }

  drop(): void {
    const error = aborted()
    this.#controller?.abort(error)
    this.fail(error)
  }

  onOver(): void {
    if (this.#exchange.sent === this) this.#exchange.sent = undefined
    this.leave?.()
    this.leave = undefined
  }
}

function aborted(): Error {
  return new DOMException('The request was dropped', 'AbortError')
}

/** Mostly they are so already. */
function flatten(headers: Readonly<Record<string, string | string[] | undefined>>): Readonly<Record<string, string>> {
  if (isFlat(headers)) return headers
  const flat: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value
  }
  return flat
}

function isFlat(headers: Readonly<Record<string, unknown>>): headers is Readonly<Record<string, string>> {
  for (const name in headers) if (typeof headers[name] !== 'string' || name !== name.toLowerCase()) return false
  return true
}
