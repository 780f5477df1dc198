import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { answerChat, respond } from './answerChat.ts'
import { embeddingsBody } from './embeddings.ts'
import { nowNs, type RequestRecord, type SimulatorRecord } from './record.ts'
import { answerFor } from './answerFor.ts'
import type { Script } from './script.ts'
import { createSocketLog } from './socketLog.ts'

export interface SimulatorOptions {
  /** How chat completions are answered. Default: a fixed text, at once. */
  readonly script?: Script
  /** Names of models that exist; others get 404. Default: every name exists. */
  readonly models?: readonly string[]
  /** Refuses requests without this key. Default: no key is wanted. */
  readonly requireKey?: string
  /** Default: a free one. */
  readonly port?: number
  /** Fixes, with a request's number, everything that is drawn for it. Default 1. */
  readonly seed?: number
  /** Refuses with 429 what would be more than this in a sliding window; chat and embeddings each have one. Default: no limits. */
  readonly limits?: SimulatorLimits
  /** Delays before the headers and faults of embeddings requests, numbered on their own. Default: none. */
  readonly embeddings?: Script
  /** Requests, and connections, that the record keeps: the last ones. Default 100,000. */
  readonly maxRequests?: number
  /** Keeps the time of every event. Default true. */
  readonly recordEvents?: boolean
}

export interface SimulatorLimits {
  readonly requestsPerMinute?: number
  /** Tokens of prompt and answer together. */
  readonly tokensPerMinute?: number
  /** What counts as a minute, so that tests need not wait for one. Default 60,000. */
  readonly windowMs?: number
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
 * It records when each event was written, and by whom and when each connection was closed.
 *
 * @example
 * const simulator = await startSimulator({ script: { text: 'Hello there.', delayMs: 20 } })
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const requests: RequestRecord[] = []
  const log = createSocketLog()
  const { requireKey, models, script = {} } = options
  let chats = 0

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request
    log.countRequest(socket)
    const record = await readRequest(request)
    requests.push(record)
    response.on('close', () => {
      record.status = response.statusCode
      record.end = { at: nowNs(), by: response.writableFinished ? 'finished' : (log.closedBy(socket) ?? 'client') }
    })
    if (requireKey !== undefined && request.headers.authorization !== `Bearer ${requireKey}`) {
      return refuse(response, 401, 'Incorrect API key provided', 'invalid_api_key')
    }
    await route(record, response, () => log.closeHere(socket))
  }
  const route = async (record: RequestRecord, response: ServerResponse, closeHere: () => void) => {
    const body = (record.body ?? {}) as Readonly<Record<string, unknown>>
    if (record.path === '/v1/models') {
      return respond(response, 200, 'application/json', modelsBody(models ?? ['simulated']))
    }
    if (models && !models.includes(String(body['model']))) {
      return refuse(response, 404, `The model ${JSON.stringify(body['model'])} does not exist`, 'model_not_found')
    }
    if (record.path === '/v1/embeddings') return respond(response, 200, 'application/json', JSON.stringify(embeddingsBody(body)))
    if (record.path === '/v1/chat/completions') return answerChat(response, record, answerFor(script, { ...record, number: chats++ }), closeHere)
    return refuse(response, 404, `No route ${record.path}`, 'not_found')
  }

  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy())
  })
  // An idle connection stays: this side closes one only when a script says so.
  server.keepAliveTimeout = 0
  server.on('connection', (socket) => log.add(socket))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}/v1`,
    record: {
      requests, sockets: log.sockets, origin: 0,
      counts: { requests: 0, events: 0, bytes: 0, byStatus: {}, byPath: {}, byEnd: { finished: 0, server: 0, client: 0 }, sockets: { opened: 0, server: 0, client: 0 }, faults: {} },
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Records are printed; keys are not. */
const secretHeaders = new Set(['authorization', 'api-key', 'x-api-key', 'cookie'])

async function readRequest(request: IncomingMessage): Promise<RequestRecord> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  const shown = Object.entries(request.headers).map(([name, value]) => [name, secretHeaders.has(name) ? '[secret]' : String(value)])
  const headers = Object.fromEntries(shown) as Record<string, string>
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/'
  const body = parse(Buffer.concat(parts).toString('utf8'))
  return { method: request.method ?? 'GET', path, headers, body, at: nowNs(), writes: [], bytes: 0 }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function modelsBody(models: readonly string[]): string {
  return JSON.stringify({ object: 'list', data: models.map((id) => ({ id, object: 'model' })) })
}

function refuse(response: ServerResponse, status: number, message: string, code: string): void {
  respond(response, status, 'application/json', JSON.stringify({ error: { message, type: 'invalid_request_error', code } }))
}
