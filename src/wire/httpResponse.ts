import type { Dispatcher } from 'undici'
import { nextTurn } from '../internal/nextTurn.ts'

/** A response whose body is read on demand: bytes that nobody asked for stay with the sender. */
export interface HttpResponse {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** The next bytes; undefined at the end of the body. Rejects when the connection is lost before it. */
  read(): Promise<Uint8Array | undefined>
  /**
   * Gives the body to a reader as it comes, in the turn in which it comes: for a stream that costs no promise, neither for each piece nor for as long as it lasts.
   */
  readInto(reader: BodyReader): void
  /**
   * The reader has all it needs: gives the connection back when the rest is short, else closes it. Resolves a turn of the event loop later, when the connection
   * of a body that has ended serves the next request: one that is sent before then opens another.
   */
  release(): Promise<void>
}

/** Who takes a body as it comes. */
export interface BodyReader {
  /** What has to resolve before more is given; undefined while nothing holds the reader. Never rejects. */
  held(): Promise<void> | undefined
  /** False: the reader has enough. */
  take(bytes: Uint8Array): boolean
  /** Told once, when the caller is through: the body has ended or the reader has enough; with an error when the connection was lost or `take` threw. */
  ended(error?: unknown): void
}

/** Bytes taken off the socket ahead of the reader. */
const maxAhead = 65_536
/** More than this behind the last event is not worth waiting for. */
const maxRest = 16_384
const maxRestMs = 250

export interface ResponseOwner {
  /** The reader can no longer be served: the body has ended, failed, or been released. */
  onOver(): void
}

/** A response between undici's callbacks, which push its body, and the one who reads. */
export class QueuedResponse implements HttpResponse {
  readonly status: number
  readonly headers: HttpResponse['headers']
  readonly #controller: Dispatcher.DispatchController
  readonly #owner: ResponseOwner
  #queue: Uint8Array[] = []
  #ahead = 0
  #ended = false
  #failure: Error | undefined
  #waiting: PromiseWithResolvers<Uint8Array | undefined> | undefined
  #reader: BodyReader | undefined
  #isHeld = false
  #isGiving = false
  #released = false
  #timer: NodeJS.Timeout | undefined

  constructor(status: number, headers: HttpResponse['headers'], controller: Dispatcher.DispatchController, owner: ResponseOwner) {
    this.status = status
    this.headers = headers
    this.#controller = controller
    this.#owner = owner
  }

  push(bytes: Uint8Array): void {
    if (this.#released) {
      this.#ahead += bytes.length
      if (this.#ahead > maxRest) this.#closeConnection()
      return
    }
    const waiting = this.#takeWaiting()
    if (waiting) return waiting.resolve(bytes)
    if (this.#queue.length === 0 && this.#mayGive()) {
      this.#give(bytes)
      return this.#giveQueued()
    }
    this.#queue.push(bytes)
    this.#ahead += bytes.length
    if (this.#ahead >= maxAhead) this.#controller.pause()
  }

  end(error?: Error): void {
    if (this.#ended) return
    this.#ended = true
    this.#failure = error
    clearTimeout(this.#timer)
    this.#owner.onOver()
    const waiting = this.#takeWaiting()
    if (error) waiting?.reject(error)
    else waiting?.resolve(undefined)
    this.#giveQueued()
  }

  read(): Promise<Uint8Array | undefined> {
    const bytes = this.#shift()
    this.#goOn()
    if (bytes) return Promise.resolve(bytes)
    if (this.#failure) return Promise.reject(this.#failure)
    if (this.#ended) return Promise.resolve(undefined)
    this.#waiting = Promise.withResolvers()
    return this.#waiting.promise
  }

  readInto(reader: BodyReader): void {
    this.#reader = reader
    this.#giveQueued()
  }

  release(): Promise<void> {
    if (!this.#released) this.#leaveRest()
    return nextTurn()
  }

  #leaveRest(): void {
    this.#released = true
    this.#owner.onOver()
    this.#queue = []
    this.#ahead = 0
    if (this.#ended) return
    this.#controller.resume()
    this.#timer = setTimeout(() => this.#closeConnection(), maxRestMs)
    this.#timer.unref()
  }

  #closeConnection(): void {
    if (!this.#ended) this.#controller.abort(new Error('Released'))
  }

  #takeWaiting() {
    const waiting = this.#waiting
    this.#waiting = undefined
    return waiting
  }

  /** False too while the reader is in the middle of a piece: what comes then is queued. */
  #mayGive(): boolean {
    if (this.#reader === undefined || this.#isGiving || this.#isHeld) return false
    const free = this.#reader.held()
    if (free === undefined) return true
    this.#isHeld = true
    void free.then(() => {
      this.#isHeld = false
      this.#giveQueued()
    })
    return false
  }

  #give(bytes: Uint8Array): void {
    this.#isGiving = true
    try {
      if (this.#reader?.take(bytes) === false) this.#endReader()
    } catch (error) {
      this.#endReader(error)
    }
    this.#isGiving = false
  }

  /** What waits, then the end. */
  #giveQueued(): void {
    while (this.#queue.length > 0 && this.#mayGive()) this.#give(this.#shift()!)
    this.#goOn()
    if (this.#ended && this.#queue.length === 0 && !this.#isGiving && !this.#isHeld) this.#endReader(this.#failure)
  }

  #shift(): Uint8Array | undefined {
    const bytes = this.#queue.shift()
    this.#ahead -= bytes?.length ?? 0
    return bytes
  }

  /** Not while a piece is on its way: a socket that goes on may bring the next one at once. */
  #goOn(): void {
    if (!this.#isGiving && this.#ahead < maxAhead && this.#controller.paused) this.#controller.resume()
  }

  #endReader(error?: unknown): void {
    const reader = this.#reader
    this.#reader = undefined
    if (reader !== undefined) queueMicrotask(() => reader.ended(error))
  }
}

/** `text/html`, in lower case and without parameters; empty when the server does not say. */
export function mediaTypeOf(headers: HttpResponse['headers']): string {
  return (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
}
