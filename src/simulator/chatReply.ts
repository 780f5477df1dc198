import { chatBody, chatEvents } from './chatEvents.ts'
import type { ChatRequest } from './chatRequest.ts'
import { drawDelay } from './delay.ts'
import type { Random } from './random.ts'
import { type Reply, type Step, wholeReply } from './reply.ts'
import type { ScriptedAnswer } from './script.ts'

/**
 * A script's answer to a chat completions request, as if nothing went wrong. One that is not streamed comes whole when the
 * last event of the same answer would have come.
 */
export function chatReply(answer: ScriptedAnswer, request: ChatRequest, random: Random): Reply {
  const { headersDelayMs = 0, sliceBytes } = answer
  const headersAfterMs = drawDelay(headersDelayMs, random)
  const reply = request.streamed ? streamedReply(answer, request, random) : chatWhole(answer, request, random)
  return {
    ...reply,
    headers: { ...reply.headers, ...answer.headers },
    headersAfterMs: headersAfterMs + reply.headersAfterMs,
    ...(sliceBytes !== undefined && { sliceBytes }),
  }
}

function streamedReply(answer: ScriptedAnswer, request: ChatRequest, random: Random): Reply {
  const whole = wholeReply(200, 'text/event-stream', answer.body ?? '')
  return { ...whole, streamed: true, ...(answer.body === undefined && { steps: timed(answer, request, random) }) }
}

function chatWhole(answer: ScriptedAnswer, request: ChatRequest, random: Random): Reply {
  const { firstDelayMs = 0, delayMs = 0, body } = answer
  const reply = wholeReply(200, 'application/json', body ?? chatBody(answer, request))
  if (body !== undefined || (firstDelayMs === 0 && delayMs === 0)) return reply
  let waitMs = 0
  for (const step of timed(answer, request, random)) waitMs += step.waitMs
  return { ...reply, headersAfterMs: waitMs }
}

function* timed(answer: ScriptedAnswer, request: ChatRequest, random: Random): Generator<Step> {
  const { firstDelayMs = 0, delayMs = 0, roleFirst = true } = answer
  const firstText = roleFirst ? 1 : 0
  let number = 0
  for (const data of chatEvents(answer, request)) {
    const waitMs = number < firstText ? 0 : drawDelay(number === firstText ? firstDelayMs : delayMs, random)
    number++
    yield { waitMs, data, isEvent: true }
  }
}
