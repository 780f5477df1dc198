import type { Dispatcher } from 'undici'

/** A response whose body is read on demand: bytes that nobody asked for stay with the sender. */
export interface HttpResponse {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** The next bytes; undefined at the end of the body. Rejects when the connection is lost before it. */
  read(): Promise<Uint8Array | undefined>
  /** The reader has all it needs: gives the connection back when the rest is short, else closes it. */
  release(): void
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
    const reader = this.#takeReader()
    if (reader) return reader.resolve(bytes)
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
    const reader = this.#takeReader()
    if (error) reader?.reject(error)
    else reader?.resolve(undefined)
  }

  read(): Promise<Uint8Array | undefined> {
    const bytes = this.#queue.shift()
    if (bytes) {
      this.#ahead -= bytes.length
      if (this.#controller.paused && this.#ahead < maxAhead) this.#controller.resume()
      return Promise.resolve(bytes)
    }
    if (this.#failure) return Promise.reject(this.#failure)
    if (this.#ended) return Promise.resolve(undefined)
    this.#waiting = Promise.withResolvers()
    return this.#waiting.promise
  }

  release(): void {
    if (this.#released) return
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

  #takeReader() {
    const reader = this.#waiting
    this.#waiting = undefined
    return reader
  }
}

/** `text/html`, in lower case and without parameters; empty when the server does not say. */
export function mediaTypeOf(headers: HttpResponse['headers']): string {
  return (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
}
