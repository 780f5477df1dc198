import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { defer } from 'rxjs'
import { toErrorInfo } from '../errors.ts'
import { defined } from '../internal/defined.ts'
import { requireDuration } from '../internal/requireDuration.ts'
import { requirePositiveInteger } from '../internal/requirePositiveInteger.ts'
import { findRoute } from './findRoute.ts'
import { createGuard } from './guard.ts'
import { type Incoming, RequestError } from './incoming.ts'
import { createMetrics } from './metrics.ts'
import { openAIError } from './openAIEncoders.ts'
import type { HandlerOptions } from './options.ts'
import { readBody } from './readBody.ts'
import { empty, json, problem, type Reply } from './reply.ts'
import type { RouteContext } from './route.ts'
import { routes } from './routes.ts'
import { createRuns } from './runs.ts'
import { createSockets, socketPath } from './socket.ts'
import { fromNode, sendNode } from './toNode.ts'
import { fromWeb, toResponse } from './toWeb.ts'

export interface Handler {
  /** For Hono, Deno, Bun and all that speak `Request` and `Response`. */
  readonly fetch: (request: Request) => Promise<Response>
  /** For Node's server, Express, Connect. */
  readonly node: (request: IncomingMessage, response: ServerResponse) => void
  /** For the `upgrade` event of Node's server: WebSocket at `/v1/answers/socket`. */
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void
  readonly stats: () => HandlerStats
  /** Stops all runs; resolves when every one has said its last event. New questions get 503 from now on. */
  readonly close: () => Promise<void>
}

export interface HandlerStats {
  readonly running: number
  readonly queued: number
  readonly kept: number
  readonly viewers: number
  /** Viewers that were cut because they took nothing or fell behind. */
  readonly cutViewers: number
}

interface Made {
  readonly reply: Reply
  readonly headers: Readonly<Record<string, string>>
  /** Of the route, for counting: never what a client made up. */
  readonly path: string
}

interface Told {
  readonly method: string
  readonly route: string
  readonly status: number
  readonly startedAt: number
  readonly run?: string
}

const knownMethods = new Set(['GET', 'POST', 'DELETE', 'OPTIONS', 'WS'])
const maxLoggedPath = 256
const maxTotalLogBytes = 16 * 1_048_576
const retryAfterSeconds = '5'
/** No reply may be taken for something else, framed, or cached by whoever stands between. */
const commonHeaders = { 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer', 'cross-origin-resource-policy': 'same-origin' }

/**
 * Answers over HTTP, as one handler `Request -> Response` that mounts anywhere. See docs/serve.md for its routes.
 *
 * A run is one answer being made. Viewers read its log at their own pace and may leave and come back; the run goes on for
 * `graceMs` without any. The model is never held back by a slow client.
 *
 * @throws InvalidOptionError at the call, when an option cannot work.
 *
 * @example
 * const { node } = handler({ answer: ({ question }, { stop }) => answer(question, { store, model, stop }) })
 * createServer(node).listen(8080, '127.0.0.1')
 */
export function handler(options: HandlerOptions): Handler {
  const {
    budget, ready = () => true, model = 'riffle', modes = [], page = false, maxRuns = 64, maxQueued = 64, graceMs = 10_000, keepMs = 60_000, maxLogBytes = 1_048_576,
    heartbeatMs = 15_000, stallMs = 30_000, maxBodyBytes = 1_048_576, maxQuestionLength = 32_000,
  } = options
  for (const [name, value] of Object.entries({ maxRuns, maxLogBytes, maxBodyBytes, maxQuestionLength })) requirePositiveInteger(name, value)
  for (const [name, value] of Object.entries({ heartbeatMs, stallMs })) requireDuration(name, value)
  for (const [name, value] of Object.entries({ graceMs, keepMs })) requireDuration(name, value, '0 or more')

  const guard = createGuard(options)
  const runs = createRuns({
    answer: budgeted(options, (id) => runs.find(id)?.stop()),
    maxRuns, maxQueued, graceMs, keepMs, maxKept: maxRuns * 4, maxLogBytes, maxTotalLogBytes,
    onChunk(run, chunk) {
      metrics.chunk(run, chunk)
      options.onChunk?.(run, chunk)
    },
    onEnd(run, reason, error) {
      metrics.end(run, reason, reason === 'error' ? toErrorInfo(error).code : undefined)
      options.onRunEnd?.(run, reason, error)
    },
  })
  const metrics = createMetrics(() => runs, budget)
  const limits = { heartbeatMs, stallMs, onCut: metrics.cut }

  const context: RouteContext = {
    runs,
    routes,
    model,
    modes,
    page,
    ...defined({ passages: options.passages, price: options.price }),
    isReady: () => !runs.closed && ready(),
    metrics: metrics.text,
    start(query) {
      if (query.question.length > maxQuestionLength) throw new RequestError(413, 'too-large', `The question is longer than ${maxQuestionLength} characters`)
      const spent = budget?.refusal()
      if (spent !== undefined) throw new RequestError(429, spent.code, spent.message, { 'retry-after': String(spent.retryAfterSeconds), 'x-should-retry': 'false' })
      const run = runs.start(query)
      if (run === undefined) throw new RequestError(503, 'busy', 'All places are taken; try again in a moment', { 'retry-after': retryAfterSeconds })
      return run
    },
    body: async (incoming) => readBody(incoming, maxBodyBytes),
  }
  /** For the counts and the access log. `route` is never what a client made up. */
  const note = ({ id, url }: Incoming, { method, route, status, startedAt, run }: Told) => {
    metrics.request(knownMethods.has(method) ? method : 'other', route, status)
    const ms = Math.round((performance.now() - startedAt) * 1000) / 1000
    options.onAccess?.({ id, method, path: url.pathname.slice(0, maxLoggedPath), status, ms, ...(run !== undefined && { run }) })
  }
  const sockets = createSockets({ guard, context, limits, maxBodyBytes, note: (incoming, what) => note(incoming, { ...what, route: socketPath }) })
  /** Finds and asks the route. What the guard says of the headers of every reply comes with it. */
  const reply = async (incoming: Incoming): Promise<Made> => {
    let path = 'none'
    let headers: Readonly<Record<string, string>> = { ...commonHeaders, 'x-request-id': incoming.id }
    try {
      headers = { ...headers, ...guard(incoming) }
      if (incoming.method === 'OPTIONS') return { reply: empty(204), headers, path: 'preflight' }
      const { route, run } = findRoute(incoming)
      path = route.path
      return { reply: await route.reply(incoming, context, run), headers, path }
    } catch (error) {
      return { reply: refusal(error, incoming.url.pathname), headers, path }
    }
  }
  const answerTo = async (incoming: Incoming, send: (reply: Reply, headers: Readonly<Record<string, string>>) => void) => {
    const startedAt = performance.now()
    const made = await reply(incoming)
    send(made.reply, made.headers)
    const told = made.reply.kind === 'whole' ? { status: made.reply.status } : { status: 200, run: made.reply.run.id }
    note(incoming, { method: incoming.method, route: made.path, startedAt, ...told })
  }

  return {
    fetch: (request) =>
      new Promise((resolve, reject) => {
        answerTo(fromWeb(request), (made, headers) => resolve(toResponse(made, limits, headers, request.signal))).catch(reject)
      }),
    node(request, response) {
      let incoming: Incoming
      try {
        incoming = fromNode(request)
      } catch (error) {
        return sendNode(refusal(error), response, limits, commonHeaders)
      }
      answerTo(incoming, (made, headers) => sendNode(made, response, limits, headers)).catch(() => response.destroy())
    },
    upgrade: sockets.upgrade,
    stats: () => ({ running: runs.running, queued: runs.queued, kept: runs.kept, viewers: runs.viewers, cutViewers: metrics.cutViewers }),
    close: async () => {
      await runs.stopAll()
      sockets.close()
    },
  }
}

/** The answer, within what a budget leaves. */
function budgeted({ answer, budget }: HandlerOptions, stop: (runId: string) => void): HandlerOptions['answer'] {
  if (budget === undefined) return answer
  return (query, context) => {
    const most = Math.min(query.maxOutputTokens ?? Infinity, budget.maxTokensPerAnswer)
    return defer(() => answer(most === Infinity ? query : { ...query, maxOutputTokens: most }, context))
      .pipe(budget.count(query.question.length + (query.history ?? []).reduce((sum, { content }) => sum + content.length, 0), () => stop(context.runId)))
  }
}

/** What went wrong in our own code is not told. Where OpenAI's clients ask, they are told in OpenAI's shape. */
function refusal(error: unknown, path = ''): Reply {
  const { status, code, message, headers } = error instanceof RequestError ? error : new RequestError(500, 'internal', 'The request failed')
  return /^\/v1\/(chat|models)\b/.test(path) ? json(status, openAIError(status, code, message), headers) : problem(status, code, message, headers)
}
