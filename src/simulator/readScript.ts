import type { Script, ScriptedAnswer } from './script.ts'
import { answer, answerFields, answerList, scriptFields } from './scriptFields.ts'
import { object, objectIn, requireKnown } from './shape.ts'

/** A script that can be written down: all but a function. */
export type ScriptData = Exclude<Script, (...args: never) => unknown>

/**
 * Reads a script that a person wrote: one answer, a list of them, or `{ "answers": […], "order", "seed", "faults", "faultRate" }`.
 * A `body` is a text there.
 *
 * @param name of the file, for messages.
 * @throws InputError that says where what is wrong, and what would be right.
 */
export function readScript(json: unknown, name: string): ScriptData {
  const place = { name, path: '' }
  if (Array.isArray(json)) return answerList(json, place) as readonly ScriptedAnswer[]
  const given = objectIn(json, place)
  requireKnown(Object.keys(given), { ...scriptFields, ...answerFields }, place)
  const hasOrder = Object.keys(given).some((field) => Object.hasOwn(scriptFields, field))
  return (hasOrder ? object(scriptFields, ['answers'])(given, place) : answer(given, place)) as ScriptData
}

/** Reads one answer. @throws InputError */
export function readAnswer(json: unknown, name: string): ScriptedAnswer {
  return answer(json, { name, path: '' }) as ScriptedAnswer
}
