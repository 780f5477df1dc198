import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Incoming, toIncoming } from './incoming.ts'
import type { Reply } from './reply.ts'
import { type ByteSink, type ViewLimits, view } from './view.ts'

/** Bytes that may wait until an earlier request of the connection has its reply. */
const maxWaiting = 65_536

export function fromNode(request: IncomingMessage): Incoming {
  return toIncoming({
    method: request.method ?? 'GET',
    target: request.url ?? '/',
    // Node keeps the first of several hosts; what stands in front of it may have looked at the last.
    header: (name) => request.headersDistinct[name]?.join(', '),
    body: () => request,
  })
}

export function sendNode(reply: Reply, response: ServerResponse, limits: ViewLimits, common: Readonly<Record<string, string>>): void {
  if (reply.kind === 'whole') {
    const body = typeof reply.body === 'string' ? Buffer.from(reply.body) : reply.body
    const hasBody = reply.status !== 204 && reply.status !== 304
    response.writeHead(reply.status, { ...common, ...reply.headers, ...(hasBody && { 'content-length': String(body.length) }) })
    response.end(hasBody ? body : undefined)
    return
  }
  const taken = (error?: Error | null) => {
    // Of each piece, a moment later: the next one may wait by then.
    if ((error ?? undefined) === undefined && !sink.holds) sink.onDrain()
  }
  const sink: ByteSink = {
    head: (status, headers) => void response.writeHead(status, { ...common, ...headers }),
    write(bytes) {
      if (bytes.length === 0) response.flushHeaders()
      else response.write(bytes, taken)
      // Node holds it for the rest of the turn.
      response.socket?.uncork()
      return !sink.holds || (response.socket === null && response.writableLength < maxWaiting)
    },
    get holds() {
      return response.writableLength > 0
    },
    end: (text) => response.end(text),
    abort: () => response.destroy(),
    onDrain: () => undefined,
    onClose: () => undefined,
  }
  response.on('close', () => sink.onClose())
  view(reply, sink, limits)
  // It went while its body was read: nothing tells of that any more.
  if (response.destroyed) sink.onClose()
}
