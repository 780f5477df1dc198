import type { Fault } from './fault.ts'
import { type Reply, type Step, wholeReply } from './reply.ts'

/** What is sent when this goes wrong; nothing for silence. */
export function withFault(reply: Reply, fault: Fault | undefined): Reply | undefined {
  switch (fault?.type) {
    case undefined:
      return reply
    case 'silence':
      return undefined
    case 'status':
      return instead(reply, fault.status, 'application/json', jsonOf(fault.body ?? statusBody(fault.status)), statusHeaders(fault))
    case 'content':
      return instead(reply, 200, fault.contentType, fault.body)
    case 'json-error':
      return instead(reply, 200, 'application/json', errorJson(fault.error))
    case 'content-type':
      return { ...reply, headers: { ...reply.headers, 'content-type': fault.contentType ?? 'text/plain' } }
    case 'error-object':
      return withError(reply, fault.afterEvents, '', fault.error)
    case 'error-event':
      return withError(reply, fault.afterEvents, 'event: error\n', fault.error)
    case 'malformed':
      return malformed(reply, fault.afterEvents, fault.data ?? '{"choices":[{"index":0,"delta":{"content":"')
    case 'comments':
      return { ...reply, steps: until(reply.steps, fault.afterEvents, comments(reply.streamed ? ': keep-alive\n\n' : '\n', fault.everyMs ?? 1000)) }
    case 'hold-open':
      return { ...reply, ending: 'stall' }
    case 'cut':
      return broken(reply, fault, 'end')
    case 'close':
    case 'reset':
    case 'stall':
      return broken(reply, fault, fault.type)
  }
}

function instead(reply: Reply, status: number, contentType: string, body: string, headers: Readonly<Record<string, string>> = {}): Reply {
  const whole = wholeReply(status, contentType, body)
  return { ...reply, ...whole, headersAfterMs: reply.headersAfterMs, headers: { ...reply.headers, ...whole.headers, ...headers } }
}

function broken(reply: Reply, place: { readonly afterEvents?: number; readonly afterBytes?: number }, ending: 'end' | 'close' | 'reset' | 'stall'): Reply {
  const { afterEvents, afterBytes } = place
  return {
    ...reply,
    ending,
    ...(afterEvents !== undefined && { steps: until(reply.steps, afterEvents) }),
    ...(afterBytes !== undefined && { maxBytes: afterBytes }),
  }
}

/** A body that is not streamed is an error, or it is none: there is no place within it. */
function withError(reply: Reply, afterEvents: number, name: string, error: unknown): Reply {
  if (!reply.streamed) return instead(reply, 200, 'application/json', errorJson(error))
  return { ...reply, steps: until(reply.steps, afterEvents, [event(`${name}data: ${errorJson(error)}\n\n`)]) }
}

function malformed(reply: Reply, afterEvents: number, data: string): Reply {
  if (!reply.streamed) return instead(reply, 200, 'application/json', data)
  return { ...reply, steps: inserted(reply.steps, afterEvents, event(`data: ${data}\n\n`)) }
}

/** So many events, then these steps, when the next event would be due. */
function* until(steps: Iterable<Step>, events: number, then: Iterable<Step> = []): Generator<Step> {
  let left = events
  for (const step of steps) {
    if (left-- <= 0) {
      yield { waitMs: step.waitMs, data: '', isEvent: false }
      break
    }
    yield step
  }
  yield* then
}

function* inserted(steps: Iterable<Step>, after: number, step: Step): Generator<Step> {
  let number = 0
  for (const next of steps) {
    if (number++ === after) yield step
    yield next
  }
  if (number <= after) yield step
}

function* comments(data: string, everyMs: number): Generator<Step> {
  // Without a pause they would be all that this process does.
  for (;;) yield { waitMs: Math.max(1, everyMs), data, isEvent: false }
}

function event(data: string): Step {
  return { waitMs: 0, data, isEvent: true }
}

function statusHeaders({ headers, retryAfterMs, retryAfterSeconds }: Extract<Fault, { type: 'status' }>): Readonly<Record<string, string>> {
  return {
    ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
    ...(retryAfterMs !== undefined && { 'retry-after-ms': String(retryAfterMs) }),
    ...headers,
  }
}

function statusBody(status: number): object {
  return { error: { message: `Simulated status ${status}`, type: 'simulated', code: null } }
}

const defaultError = { message: 'The simulated model is overloaded', type: 'server_error', code: null }

function errorJson(error: unknown = defaultError): string {
  return JSON.stringify({ error })
}

function jsonOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
