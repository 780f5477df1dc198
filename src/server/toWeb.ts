import { type Incoming, toIncoming } from './incoming.ts'
import type { Reply } from './reply.ts'
import { type ByteSink, type ViewLimits, view } from './view.ts'

/** Of a reply that nobody will read, or that was broken before its head: what nginx says for a client that left. */
const gone = 499

export function fromWeb(request: Request): Incoming {
  const { pathname, search } = new URL(request.url)
  return toIncoming({
    method: request.method,
    target: pathname + search,
    header: (name) => request.headers.get(name) ?? (name === 'host' ? new URL(request.url).host : undefined),
    body: async function* () {
      if (request.body !== null) yield* request.body
    },
  })
}

/** Bytes that may wait for the client's next read. */
const maxWaiting = 65_536

/** The reply as a `Response`; cancelling its body is the client's leaving. */
export function toResponse(reply: Reply, limits: ViewLimits, common: Readonly<Record<string, string>>, signal: AbortSignal): Response | Promise<Response> {
  if (reply.kind === 'whole') {
    const hasBody = reply.status !== 204 && reply.status !== 304
    return new Response(hasBody ? (reply.body as string) : null, { status: reply.status, headers: { ...common, ...reply.headers } })
  }
  return new Promise((resolve) => {
    const encoder = new TextEncoder()
    let controller: ReadableStreamDefaultController<Uint8Array> | undefined
    let ended = false
    /** Closed once all is taken: a closed stream does not tell of the reads after that. */
    const closeWhenTaken = () => {
      if (controller?.desiredSize !== maxWaiting) return
      controller.close()
      sink.onClose()
    }
    const body = new ReadableStream<Uint8Array>(
      {
        start: (given) => void (controller = given),
        pull: () => (ended ? closeWhenTaken() : sink.onDrain()),
        cancel: () => sink.onClose(),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: maxWaiting }),
    )
    const sink: ByteSink = {
      head: (status, headers) => resolve(new Response(body, { status, headers: { ...common, ...headers } })),
      write: (bytes) => {
        if (bytes.length > 0) controller?.enqueue(new Uint8Array(bytes))
        return (controller?.desiredSize ?? 0) > 0
      },
      holds: false,
      end: (text) => {
        if (text !== undefined && text.length > 0) controller?.enqueue(typeof text === 'string' ? encoder.encode(text) : text)
        ended = true
        closeWhenTaken()
      },
      abort() {
        controller?.error(new Error('The answer broke off'))
        resolve(new Response(null, { status: gone }))
      },
      onDrain: () => undefined,
      onClose: () => undefined,
    }
    view(reply, sink, limits)
    const leave = () => {
      sink.onClose()
      resolve(new Response(null, { status: gone }))
    }
    if (signal.aborted) leave()
    else signal.addEventListener('abort', leave, { once: true })
  })
}
