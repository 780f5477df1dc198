import { createRandom } from '../internal/random.ts'
import { answerFor } from './answerFor.ts'
import { chatReply } from './chatReply.ts'
import { readChatRequest } from './chatRequest.ts'
import { chatUsage } from './chatEvents.ts'
import { drawDelay } from './delay.ts'
import { embeddingsBody } from './embeddings.ts'
import { createEventCache } from './eventCache.ts'
import { type Reply, refusal, wholeReply } from './reply.ts'
import { type SimulatorLimits, createRateWindow } from './rateWindow.ts'
import type { RequestRecord } from './record.ts'
import type { Script, ScriptedAnswer } from './script.ts'
import { countTokens } from './tokens.ts'
import { withFault } from './withFault.ts'

export interface RouteOptions {
  readonly script: Script
  readonly embeddings: Script
  /** Of embeddings, when a request asks for none. */
  readonly dimensions: number
  readonly models?: readonly string[] | undefined
  readonly seed: number
  readonly limits?: SimulatorLimits | undefined
}

/** What to send, nothing for silence; and what went wrong on purpose. */
export interface Outcome {
  readonly reply: Reply | undefined
  readonly fault?: string
}

export type Route = (request: RequestRecord) => Outcome

export const noRoute: Route = ({ path }) => ({ reply: refusal(404, `No route ${path}`, 'not_found') })

/** The paths that are served. */
export function createRoutes({ script, embeddings, dimensions, models, seed, limits }: RouteOptions): Readonly<Record<string, Route>> {
  const modelsBody = JSON.stringify({ object: 'list', data: (models ?? ['simulated']).map((id) => ({ id, object: 'model' })) })
  const eventsOf = createEventCache()
  const known = (route: Route): Route => (request) => {
    const model = (request.body as { readonly model?: unknown } | undefined)?.model
    if (!models || (typeof model === 'string' && models.includes(model))) return route(request)
    return { reply: refusal(404, `The model ${JSON.stringify(model)} does not exist`, 'model_not_found') }
  }
  return {
    '/v1/models': () => ({ reply: wholeReply(200, 'application/json', modelsBody) }),
    '/v1/chat/completions': known(scripted(script, seed, limits, {
      tokens: ({ body }, answer) => chatUsage(answer, readChatRequest(body)).total_tokens,
      reply: ({ body }, answer, number) => chatReply(answer, readChatRequest(body), createRandom(seed, number, 'delays'), eventsOf),
    })),
    '/v1/embeddings': known(scripted(embeddings, seed, limits, {
      tokens: ({ body }) => textsIn(body).reduce((sum, text) => sum + countTokens(text), 0),
      reply: ({ body }, answer, number) => embeddingsReply({ dimensions, ...(body as object | undefined) }, answer, number, seed),
    })),
  }
}

interface Kind {
  /** What the request and its answer cost. */
  tokens(request: RequestRecord, answer: ScriptedAnswer): number
  reply(request: RequestRecord, answer: ScriptedAnswer, number: number): Reply
}

/** Numbers its requests, keeps to the limits, and lets happen what the script says. */
function scripted(script: Script, seed: number, limits: SimulatorLimits | undefined, kind: Kind): Route {
  const window = limits && createRateWindow(limits)
  let number = 0
  return (request) => {
    let answer: ScriptedAnswer
    try {
      answer = answerFor(script, { ...request, number }, seed)
    } catch (error) {
      return { reply: refusal(500, `The script failed: ${error instanceof Error ? error.message : String(error)}`, 'script_failed', 'server_error') }
    }
    const admission = window?.admit(limits?.tokensPerMinute === undefined ? 0 : kind.tokens(request, answer), request.at / 1e6)
    if (admission?.allowed === false) {
      const reply = refusal(429, admission.reason ?? '', 'rate_limit_exceeded', 'rate_limit_error')
      return { reply: { ...reply, headers: { ...reply.headers, ...admission.headers } } }
    }
    const right = kind.reply(request, answer, number++)
    const reply = withFault({ ...right, headers: { ...right.headers, ...admission?.headers } }, answer.fault)
    return { reply, ...(answer.fault && { fault: answer.fault.type }) }
  }
}

const mostDimensions = 65_536

function embeddingsReply(asked: Readonly<Record<string, unknown>>, { headersDelayMs = 0, headers, sliceBytes }: ScriptedAnswer, number: number, seed: number): Reply {
  const { dimensions } = asked
  const isPossible = Number.isSafeInteger(dimensions) && (dimensions as number) >= 1 && (dimensions as number) <= mostDimensions
  if (!isPossible) return refusal(400, `Expected dimensions from 1 to ${mostDimensions}, got ${JSON.stringify(dimensions)}`, 'invalid_dimensions')
  const reply = wholeReply(200, 'application/json', JSON.stringify(embeddingsBody(asked, dimensions as number)))
  return {
    ...reply,
    headers: { ...reply.headers, ...headers },
    headersAfterMs: drawDelay(headersDelayMs, createRandom(seed, number, 'embeddings')),
    ...(sliceBytes !== undefined && { sliceBytes }),
  }
}

function textsIn(body: unknown): readonly string[] {
  const { input } = (body ?? {}) as { readonly input?: unknown }
  return (Array.isArray(input) ? input : [input]).map(String)
}
