import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { RawData, WebSocket, WebSocketServer } from 'ws'
import { asFields } from './conversation.ts'
import { ndjsonEncoder } from './encoders.ts'
import { readQuery } from './fields.ts'
import { type Incoming, RequestError } from './incoming.ts'
import type { RouteContext } from './route.ts'
import type { Run } from './runs.ts'
import { fromNode } from './toNode.ts'
import { type ByteSink, type ViewLimits, view } from './view.ts'

/** Above this many bytes that the client has not taken, the run's log waits in their place. */
const maxBuffered = 65_536
const path = '/v1/answers/socket'

interface SocketOptions {
  readonly guard: (incoming: Incoming) => unknown
  readonly context: RouteContext
  readonly limits: ViewLimits
  readonly maxBodyBytes: number
}

export interface Sockets {
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void
  readonly close: () => void
}

/** Answers over WebSocket: `ask`, `stop` and `resume` in, the chunks as JSON out; one answer at a time on a connection. */
export function createSockets({ guard, context, limits, maxBodyBytes }: SocketOptions): Sockets {
  let made: Promise<WebSocketServer> | undefined
  const server = async () => (made ??= import('ws').then(({ WebSocketServer: Server }) => new Server({ noServer: true, maxPayload: maxBodyBytes })))

  const upgrade = async (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy())
    try {
      const incoming = fromNode(request)
      guard(incoming)
      if (incoming.url.pathname !== path) throw new RequestError(404, 'not-found', `Expected ${path}`)
      const sockets = await server()
      sockets.handleUpgrade(request, socket, head, (client) => converse(client, context, limits))
    } catch (error) {
      const status = error instanceof RequestError ? error.status : 500
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

function converse(client: WebSocket, { start, runs, modes }: RouteContext, limits: ViewLimits): void {
  let current: { readonly run: Run; readonly sink: ByteSink } | undefined
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
      write(text) {
        for (const line of text.split('\n')) {
          if (line !== '') client.send(line, () => void (client.bufferedAmount < maxBuffered && sink.onDrain()))
        }
        return client.bufferedAmount < maxBuffered
      },
      end() {
        current = undefined
        sink.onClose()
      },
      abort: () => client.terminate(),
      onDrain: () => undefined,
      onClose: () => undefined,
    }
    current = { run, sink }
    view({ kind: 'stream', run, from, encoder: { ...ndjsonEncoder(run.id), heartbeat: '' } }, sink, limits)
  }
  const obey = (text: string) => {
    const fields = asFields(JSON.parse(text))
    if (fields['type'] === 'stop') return current?.run.stop()
    if (current !== undefined) throw new RequestError(409, 'busy', 'One answer at a time: this one has not ended')
    if (fields['type'] === 'ask') return show(start(readQuery(fields, modes)), 1)
    if (fields['type'] !== 'resume') throw new RequestError(400, 'bad-request', 'Expected type to be ask, stop or resume')
    const { run: id, after = 0 } = fields
    const run = typeof id === 'string' ? runs.find(id) : undefined
    if (run === undefined) throw new RequestError(404, 'no-run', 'There is no such run')
    if (typeof after !== 'number' || !Number.isInteger(after) || after < 0 || after > run.log.last - (run.log.ended ? 1 : 0)) throw new RequestError(409, 'other-run', 'The run has no event after this number')
    show(run, after + 1)
  }
  client.on('message', (data: RawData) => {
    try {
      obey((data as Buffer).toString('utf8'))
    } catch (error) {
      const { code, message } = error instanceof RequestError ? error : { code: 'bad-json', message: 'The message is no JSON object' }
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
