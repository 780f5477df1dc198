import { answerText } from './answerText.ts'
import { chatEvents, lastEvents, textEvents } from './chatEvents.ts'
import type { ChatRequest } from './chatRequest.ts'
import type { ScriptedAnswer } from './script.ts'

/** The events of an answer to a request. */
export type EventsOf = (answer: ScriptedAnswer, request: ChatRequest) => Iterable<string>

const longestText = 16_384
const maxAnswers = 16

/**
 * Makes the events of short answers once, so that a thousand streams of one share them.
 * Memory: the events of the last 16 such answers; long ones are made as they are sent.
 */
export function createEventCache(): EventsOf {
  const known = new Map<string, readonly string[]>()

  return (answer, request) => {
    const { tokensPerEvent = 1, roleFirst = true } = answer
    const { text, reasoning } = answerText(answer, request)
    if (text.length + reasoning.length > longestText) return chatEvents(answer, request)
    const key = JSON.stringify([request.model, tokensPerEvent, roleFirst, reasoning, text])
    const events = known.get(key) ?? [...textEvents(answer, request)]
    known.delete(key)
    known.set(key, events)
    const [oldest] = known.keys()
    if (known.size > maxAnswers && oldest !== undefined) known.delete(oldest)
    return [...events, ...lastEvents(answer, request)]
  }
}
