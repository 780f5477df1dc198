import type { Random } from '../internal/random.ts'
import { chatBody } from './chatEvents.ts'
import type { ChatRequest } from './chatRequest.ts'
import { drawDelay } from './delay.ts'
import type { EventsOf } from './eventCache.ts'
import { type Reply, type Step, wholeReply } from './reply.ts'
import type { ScriptedAnswer } from './script.ts'

/**
 * A script's answer to a chat completions request, as if nothing went wrong. One that is not streamed comes whole when the
 * last event of the same answer would have come.
 */
export function chatReply(answer: ScriptedAnswer, request: ChatRequest, random: Random, eventsOf: EventsOf): Reply {
  const { headersDelayMs = 0, sliceBytes } = answer
  const headersAfterMs = drawDelay(headersDelayMs, random)
  const steps = timed(answer, request, eventsOf, random)
  const reply = request.streamed ? streamedReply(answer, steps) : chatWhole(answer, request, steps)
  return {
    ...reply,
    headers: { ...reply.headers, ...answer.headers },
    headersAfterMs: headersAfterMs + reply.headersAfterMs,
    ...(sliceBytes !== undefined && { sliceBytes }),
  }
}

function streamedReply({ body }: ScriptedAnswer, steps: Iterable<Step>): Reply {
  const whole = wholeReply(200, 'text/event-stream', body ?? '')
  return { ...whole, streamed: true, ...(body === undefined && { steps }) }
}

function chatWhole(answer: ScriptedAnswer, request: ChatRequest, steps: Iterable<Step>): Reply {
  const { firstDelayMs = 0, delayMs = 0, body } = answer
  const reply = wholeReply(200, 'application/json', body ?? chatBody(answer, request))
  if (body !== undefined || (firstDelayMs === 0 && delayMs === 0)) return reply
  let waitMs = 0
  for (const step of steps) waitMs += step.waitMs
  return { ...reply, headersAfterMs: waitMs }
}

function* timed(answer: ScriptedAnswer, request: ChatRequest, eventsOf: EventsOf, random: Random): Generator<Step> {
  const { firstDelayMs = 0, delayMs = 0, roleFirst = true } = answer
  const firstText = roleFirst ? 1 : 0
  let number = 0
  for (const data of eventsOf(answer, request)) {
    const waitMs = number < firstText ? 0 : drawDelay(number === firstText ? firstDelayMs : delayMs, random)
    number++
    yield { waitMs, data, isEvent: true }
  }
}
