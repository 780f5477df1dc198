import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { RawData, WebSocket, WebSocketServer } from 'ws'
import type { Message } from '../types/completion.ts'
import { ndjsonEncoder } from './encoders.ts'
import { readQuery } from './fields.ts'
import { type Incoming, RequestError } from './incoming.ts'
import { parseFields } from './readBody.ts'
import type { RouteContext } from './route.ts'
import type { Run } from './runs.ts'
import { fromNode } from './toNode.ts'
import { turnsAfter } from './turnsAfter.ts'
import { type ByteSink, type ViewLimits, view } from './view.ts'

/** Above this many bytes that the client has not taken, the run's log waits in their place. */
const maxBuffered = 65_536
export const socketPath = '/v1/answers/socket'

interface SocketOptions {
  readonly guard: (incoming: Incoming) => unknown
  readonly context: RouteContext
  readonly limits: ViewLimits
  readonly maxBodyBytes: number
  /** Told of each connection, 101 when it was opened, and of each question and resume on it. */
  readonly note: (incoming: Incoming, what: { readonly method: 'GET' | 'WS'; readonly status: number; readonly startedAt: number; readonly run?: string }) => void
}

export interface Sockets {
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void
  readonly close: () => void
}

/** Answers over WebSocket: `ask`, `stop` and `resume` in, the chunks as JSON out; one answer at a time on a connection. */
export function createSockets(options: SocketOptions): Sockets {
  const { guard, maxBodyBytes, note } = options
  let made: Promise<WebSocketServer> | undefined
  const server = async () => (made ??= import('ws').then(({ WebSocketServer: Server }) => new Server({ noServer: true, maxPayload: maxBodyBytes })))

  const upgrade = async (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy())
    const startedAt = performance.now()
    let incoming: Incoming | undefined
    try {
      incoming = fromNode(request)
      guard(incoming)
      if (incoming.url.pathname !== socketPath) throw new RequestError(404, 'not-found', `Expected ${socketPath}`)
      const sockets = await server()
      const opening = incoming
      sockets.handleUpgrade(request, socket, head, (client) => {
        note(opening, { method: 'GET', status: 101, startedAt })
        converse(client, opening, options)
      })
    } catch (error) {
      const status = error instanceof RequestError ? error.status : 500
      if (incoming !== undefined) note(incoming, { method: 'GET', status, startedAt })
      socket.end(`HTTP/1.1 ${status} Refused\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
    }
  }
  return {
    upgrade: (request, socket, head) => void upgrade(request, socket, head),
    close: () => void made?.then(({ clients }) => {
      for (const client of clients) {
        client.close(1001)
        setTimeout(() => client.terminate(), 1000).unref()
      }
    }),
  }
}

function converse(client: WebSocket, incoming: Incoming, { context: { start, runs, modes }, limits, note }: SocketOptions): void {
  let current: { readonly run: Run; readonly sink: ByteSink } | undefined
  /** The conversation on this connection, for a question that follows up. */
  let turns: readonly Message[] = []
  let alive = true
  const say = (value: object) => client.send(JSON.stringify(value))
  const beat = setInterval(() => {
    if (!alive) return client.terminate()
    alive = false
    client.ping()
  }, limits.heartbeatMs)

  const show = (run: Run, from: number) => {
    const sink: ByteSink = {
      head: () => say({ type: 'run', run: run.id }),
      write(bytes) {
        for (const line of Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString().split('\n')) {
          if (line !== '') client.send(line, () => void (client.bufferedAmount < maxBuffered && sink.onDrain()))
        }
        return client.bufferedAmount < maxBuffered
      },
      holds: false,
      end() {
        current = undefined
        turns = turnsAfter(run)
        sink.onClose()
      },
      abort: () => client.terminate(),
      onDrain: () => undefined,
      onClose: () => undefined,
    }
    current = { run, sink }
    view({ kind: 'stream', run, from, encoder: ndjsonEncoder(run.id) }, sink, limits)
    return run
  }
  const obey = (fields: Readonly<Record<string, unknown>>): Run | undefined => {
    const { type, history } = fields
    if (type === 'stop') {
      current?.run.stop()
      return undefined
    }
    if (current !== undefined) throw new RequestError(409, 'busy', 'One answer at a time: this one has not ended')
    if (type === 'ask') return show(start(readQuery(history === true ? { ...fields, history: turns } : fields, modes)), 1)
    if (type !== 'resume') throw new RequestError(400, 'bad-request', 'Expected type to be ask, stop or resume')
    const { run: id, after = 0 } = fields
    const run = typeof id === 'string' ? runs.find(id) : undefined
    if (run === undefined) throw new RequestError(404, 'no-run', 'There is no such run')
    if (typeof after !== 'number' || !Number.isInteger(after) || after < 0 || after > run.log.last - (run.log.ended ? 1 : 0)) throw new RequestError(409, 'other-run', 'The run has no event after this number')
    return show(run, after + 1)
  }
  client.on('message', (data: RawData) => {
    const startedAt = performance.now()
    try {
      const run = obey(parseFields((data as Buffer).toString('utf8')))
      if (run !== undefined) note(incoming, { method: 'WS', status: 200, startedAt, run: run.id })
    } catch (error) {
      const { code, message, status } = error instanceof RequestError ? error : { code: 'internal', message: 'The request failed', status: 500 }
      note(incoming, { method: 'WS', status, startedAt })
      say({ type: 'refused', error: { code, message } })
    }
  })
  client.on('pong', () => void (alive = true))
  client.on('error', () => client.terminate())
  client.on('close', () => {
    clearInterval(beat)
    current?.sink.onClose()
  })
}
