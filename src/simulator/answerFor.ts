import { createRandom } from '../internal/random.ts'
import { partialAnswer, questionIn } from './answerText.ts'
import { readChatRequest } from './chatRequest.ts'
import type { Fault } from './fault.ts'
import type { Script, ScriptedAnswer, ScriptedAnswers, ScriptedRequest } from './script.ts'

/** The answer that a script has for a request: always the same for the same seed and number. */
export function answerFor(script: Script, request: ScriptedRequest, seed: number): ScriptedAnswer {
  if (typeof script === 'function') return script(request)
  if (isList(script)) return chosen({ answers: script }, request, seed)
  if (!('answers' in script)) return script
  const drawnBy = script.seed ?? seed
  const answer = chosen(script, request, drawnBy)
  const fault = drawnFault(script, request, drawnBy)
  return fault === undefined ? answer : { ...answer, fault }
}

function chosen({ answers, order = 'in-turn' }: ScriptedAnswers, request: ScriptedRequest, seed: number): ScriptedAnswer {
  const candidates = candidatesOf(answers, request)
  if (order === 'in-turn') return candidates[Math.min(request.number, candidates.length - 1)] ?? {}
  const total = candidates.reduce((sum, { weight = 1 }) => sum + weight, 0)
  let left = createRandom(seed, request.number, 'answer')() * total
  return candidates.find(({ weight = 1 }) => (left -= weight) < 0) ?? candidates.at(-1) ?? {}
}

/** The one to the question; else those to any question; else, for a question that no answer is for, all. */
function candidatesOf(answers: readonly ScriptedAnswer[], { body }: ScriptedRequest): readonly ScriptedAnswer[] {
  if (answers.every(({ question }) => question === undefined)) return answers
  const { messages } = readChatRequest(body)
  const asked = questionIn(messages).toLowerCase()
  // What the user says after a partial answer is no question: to "Go on." belongs what was asked before.
  const askedBefore = questionIn(messages.slice(0, partialAnswer(messages)?.index)).toLowerCase()
  const fits = ({ question, continues }: ScriptedAnswer) => {
    if (question === undefined) return false
    const words = question.toLowerCase()
    return asked.includes(words) || (continues === true && askedBefore.includes(words))
  }
  const fitting = answers.find(fits)
  if (fitting !== undefined) return [fitting]
  const general = answers.filter(({ question }) => question === undefined)
  return general.length > 0 ? general : answers
}

function drawnFault({ faults = [], faultRate = 1 }: ScriptedAnswers, { number }: ScriptedRequest, seed: number): Fault | undefined {
  const random = createRandom(seed, number, 'fault')
  if (faults.length === 0 || random() >= faultRate) return undefined
  return faults[Math.floor(random() * faults.length)]
}

function isList(script: Exclude<Script, (...args: never) => unknown>): script is readonly ScriptedAnswer[] {
  return Array.isArray(script)
}
