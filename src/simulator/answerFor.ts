import { createRandom } from './random.ts'
import type { Script, ScriptedAnswer, ScriptedAnswers, ScriptedRequest } from './script.ts'
import { lastQuestion } from './chatRequest.ts'

/** The answer that a script has for a request: the same for the same seed and number, whatever came in between. */
export function answerFor(script: Script, request: ScriptedRequest, seed = 1): ScriptedAnswer {
  if (typeof script === 'function') return script(request)
  if (isList(script)) return chosen({ answers: script }, request, seed)
  if (!('answers' in script)) return script
  const drawnBy = script.seed ?? seed
  const answer = chosen(script, request, drawnBy)
  const fault = faultFor(script, request, drawnBy)
  return fault === undefined ? answer : { ...answer, fault }
}

function chosen({ answers, order = 'in-turn' }: ScriptedAnswers, request: ScriptedRequest, seed: number): ScriptedAnswer {
  const candidates = candidatesOf(answers, request)
  if (order === 'in-turn') return candidates[Math.min(request.number, candidates.length - 1)] ?? {}
  const total = candidates.reduce((sum, { weight = 1 }) => sum + weight, 0)
  let left = createRandom(seed, request.number, 'answer')() * total
  return candidates.find(({ weight = 1 }) => (left -= weight) < 0) ?? candidates.at(-1) ?? {}
}

/** Those to the question; else those to any; else, for a question that nobody thought of, all. */
function candidatesOf(answers: readonly ScriptedAnswer[], { body }: ScriptedRequest): readonly ScriptedAnswer[] {
  if (answers.every(({ question }) => question === undefined)) return answers
  const asked = lastQuestion(body).toLowerCase()
  const fitting = answers.find(({ question }) => question !== undefined && asked.includes(question.toLowerCase()))
  if (fitting !== undefined) return [fitting]
  const general = answers.filter(({ question }) => question === undefined)
  return general.length > 0 ? general : answers
}

function faultFor({ faults = [], faultRate = 1 }: ScriptedAnswers, { number }: ScriptedRequest, seed: number) {
  const random = createRandom(seed, number, 'fault')
  if (faults.length === 0 || random() >= faultRate) return undefined
  return faults[Math.floor(random() * faults.length)]
}

function isList(script: Exclude<Script, Function>): script is readonly ScriptedAnswer[] {
  return Array.isArray(script)
}
