import type { Gate } from '../types/gate.ts'
import type { HttpResponse } from './httpResponse.ts'

/** What can be dropped. */
export interface Droppable {
  drop(): void
}

/**
 * A request as its owner has it: what the owner is told, and may do. Not a promise and an `AbortSignal`, which
 * cost a request a kilobyte each; and in a batch of short answers a listener of such a signal made minor collections of garbage keep what finished requests had, a
 * sixth of the time.
 */
export class HttpExchange implements Droppable {
  isDropped = false
  /** The request on its way; its sender sets it, and takes it away when it is over. */
  sent: Droppable | undefined
  /** Made when a gate is first held. */
  #waiting: AbortController | undefined

  /** Closes the socket at once, whatever stage the request is at. What is over stays as it is. */
  drop(): void {
    if (this.isDropped) return
    this.isDropped = true
    try {
      this.sent?.drop()
    } finally {
      this.#waiting?.abort()
    }
  }

  /** What has to resolve before more is read; undefined while nothing holds the gate, and once it is dropped. */
  heldBy(gate: Gate | undefined): Promise<void> | undefined {
    if (gate?.held !== true || this.isDropped) return undefined
    this.#waiting ??= new AbortController()
    return gate.opened(this.#waiting.signal)
  }

  /** A socket is there. */
  onConnected(): void {}

  /** The whole request was handed to the socket. */
  onSent(): void {}

  /** The headers of the response are there. */
  onResponse(_response: HttpResponse): void {}

  /** There will be no response, also after a drop. What goes wrong later, the reader of the response is told. */
  onFailed(_error: unknown): void {}
}

/** One whose response is waited for. */
export class AwaitedExchange extends HttpExchange {
  readonly #outcome = Promise.withResolvers<HttpResponse>()
  /** Rejects when there will be none. */
  readonly response = this.#outcome.promise

  override onResponse(response: HttpResponse): void {
    this.#outcome.resolve(response)
  }

  override onFailed(error: unknown): void {
    this.#outcome.reject(error)
  }
}
