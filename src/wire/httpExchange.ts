import type { Gate } from '../types/gate.ts'

/** What can be dropped. */
export interface Droppable {
  drop(): void
}

/**
 * A request as its owner has it: what the owner is told, and may do. Not an `AbortSignal`, which with its listener costs a request a kilobyte; and in a batch of
 * short answers such a listener made minor collections of garbage keep what finished requests had, a sixth of the time.
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
}
