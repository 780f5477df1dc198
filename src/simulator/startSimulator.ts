import { type IncomingMessage, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { checkOptions } from './checkOptions.ts'
import type { SimulatorLimits } from './rateWindow.ts'
import { receiveRequest } from './receiveRequest.ts'
import type { SimulatorRecord } from './record.ts'
import { createRecorder } from './recorder.ts'
import { refusal } from './reply.ts'
import { createRoutes, noRoute } from './routes.ts'
import { createSchedule } from './schedule.ts'
import type { Script } from './script.ts'
import { sendReply } from './sendReply.ts'
import { serveRecord } from './serveRecord.ts'

/** Connections that may wait to be accepted. Thousands come at once in a test; one that does not fit tries again after a second. */
const maxWaiting = 4096

export interface SimulatorOptions {
  /** How chat completions are answered. Default: a fixed text, at once. */
  readonly script?: Script
  /** Delays before the headers, and faults, of embeddings requests, which are numbered on their own. Default: none. */
  readonly embeddings?: Script
  /** Length of an embedding, where a request does not ask for one. Default 64. */
  readonly dimensions?: number
  /** Names of models that exist; others get 404. Default: every name exists. */
  readonly models?: readonly string[]
  /** Refuses requests without this key. Default: no key is wanted. */
  readonly requireKey?: string
  /** Refuses with 429 what would be more than this in a sliding window; chat and embeddings have one each. Default: no limits. */
  readonly limits?: SimulatorLimits
  /** Fixes, with a request's number, everything that is drawn for it. Default 1. */
  readonly seed?: number
  /** Default: a free one. */
  readonly port?: number
  /** Requests, and connections, that the record keeps: the last ones. Default 100,000. */
  readonly maxRequests?: number
  /** Of bodies and times of events that the record keeps: the oldest requests go first. Default 256 MiB. */
  readonly maxRecordBytes?: number
  /** Keeps the time of every event. Default true. */
  readonly recordEvents?: boolean
}

export interface Simulator {
  /** The base URL to give to a client: `http://127.0.0.1:PORT/v1`. */
  readonly url: string
  readonly record: SimulatorRecord
  /** Closes every connection. */
  close(): Promise<void>
}

/**
 * Starts a server that speaks OpenAI's protocol and answers by a script, on 127.0.0.1 only:
 * `/v1/chat/completions`, streamed and not, `/v1/embeddings`, `/v1/models`.
 * It records when each event was written, and by whom and when each connection was closed; other processes read that from
 * `/simulator/record`.
 *
 * @throws InvalidOptionError when an option or a field of a script cannot work.
 *
 * @example
 * const simulator = await startSimulator({ script: { text: 'Hello there.', delayMs: 20 } })
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { script = {}, embeddings = {}, dimensions = 64, models, requireKey, limits, seed = 1, port = 0 } = checkOptions(options)
  const { maxRequests = 100_000, maxRecordBytes = 256 * 2 ** 20, recordEvents = true } = options
  const recorder = createRecorder({ maxRequests, maxRecordBytes, recordEvents })
  const routes = createRoutes({ script, embeddings, dimensions, models, seed, limits })
  const schedule = createSchedule()
  const { record, sockets } = recorder

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request
    const url = new URL(request.url ?? '/', 'http://127.0.0.1')
    if (url.pathname.startsWith('/simulator/')) {
      sockets.forget(socket)
      return serveRecord(response, request.method ?? 'GET', url, recorder)
    }
    sockets.countRequest(socket)
    const route = Object.hasOwn(routes, url.pathname) ? routes[url.pathname] : undefined
    const received = await receiveRequest(request, url.pathname)
    const log = recorder.open({ ...received, route: route && url.pathname })
    const closeHere = () => sockets.closeHere(socket)
    response.on('close', () => log.end(response.writableFinished ? 'finished' : (sockets.closedBy(socket) ?? 'client')))
    const refused = refusalOf(request, received.isTooLong)
    const { reply, fault } = refused ? { reply: refused } : (route ?? noRoute)(log.record)
    if (fault !== undefined) log.fault(fault)
    if (reply) sendReply({ response, log, schedule, closeHere }, reply)
  }
  const refusalOf = ({ headers }: IncomingMessage, isTooLong: boolean) => {
    const isKnown = requireKey === undefined || headers.authorization === `Bearer ${requireKey}`
    if (!isKnown) return refusal(401, 'Incorrect API key provided', 'invalid_api_key')
    return isTooLong ? refusal(413, 'The request is too long', 'request_too_long') : undefined
  }

  const server = createServer((request, response) => {
    handle(request, response).catch(() => {
      sockets.closeHere(request.socket)
      response.destroy()
    })
  })
  // An idle connection stays: this side closes one only when a script says so.
  server.keepAliveTimeout = 0
  server.on('connection', (socket) => sockets.add(socket))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, host: '127.0.0.1', backlog: maxWaiting }, resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    record,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        sockets.closeAllHere()
        server.closeAllConnections()
      }),
  }
}
