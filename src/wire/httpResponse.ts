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

/** The body of one response, between undici's callbacks and the one who reads. */
export interface BodyQueue {
  push(bytes: Uint8Array): void
  end(error?: Error): void
  readonly read: () => Promise<Uint8Array | undefined>
  readonly release: () => void
}

/** @param onOver called when the reader can no longer be served: the body has ended, failed, or been released. */
export function createBodyQueue(controller: Dispatcher.DispatchController, onOver: () => void): BodyQueue {
  let queue: Uint8Array[] = []
  let ahead = 0
  let ended = false
  let failure: Error | undefined
  let waiting: PromiseWithResolvers<Uint8Array | undefined> | undefined
  let released = false
  let timer: NodeJS.Timeout | undefined

  const closeConnection = () => {
    if (!ended) controller.abort(new Error('Released'))
  }
  const take = () => {
    const taken = waiting
    waiting = undefined
    return taken
  }

  return {
    push(bytes) {
      if (released) {
        ahead += bytes.length
        if (ahead > maxRest) closeConnection()
        return
      }
      const reader = take()
      if (reader) return reader.resolve(bytes)
      queue.push(bytes)
      ahead += bytes.length
      if (ahead >= maxAhead) controller.pause()
    },
    end(error) {
      if (ended) return
      ended = true
      failure = error
      clearTimeout(timer)
      onOver()
      const reader = take()
      if (error) reader?.reject(error)
      else reader?.resolve(undefined)
    },
    read() {
      const bytes = queue.shift()
      if (bytes) {
        ahead -= bytes.length
        if (controller.paused && ahead < maxAhead) controller.resume()
        return Promise.resolve(bytes)
      }
      if (failure) return Promise.reject(failure)
      if (ended) return Promise.resolve(undefined)
      waiting = Promise.withResolvers()
      return waiting.promise
    },
    release() {
      if (released) return
      released = true
      onOver()
      queue = []
      ahead = 0
      if (ended) return
      controller.resume()
      timer = setTimeout(closeConnection, maxRestMs)
      timer.unref()
    },
  }
}

/** `text/html`, in lower case and without parameters; empty when the server does not say. */
export function mediaTypeOf(headers: HttpResponse['headers']): string {
  return (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
}
