import { readAnswer } from './readScript.ts'
import type { ScriptedAnswer } from './script.ts'
import { wrong } from './shape.ts'

/**
 * Reads answers from the text of a file: of a `.jsonl` one from each line, `{"question"?, "text", …}` with the fields of a
 * scripted answer; of any other file the whole text as one.
 *
 * @param name of the file, for messages.
 * @throws InputError that names the line.
 */
export function readAnswers(content: string, name: string): readonly ScriptedAnswer[] {
  if (!/\.(jsonl|ndjson)$/i.test(name)) return [{ text: content }]
  const lines = content.replace(/^\uFEFF/, '').split('\n')
  const answers = lines.flatMap((line, index) => (line.trim() === '' ? [] : [answerIn(line, `${name}:${index + 1}`)]))
  if (answers.length === 0) throw wrong({ name, path: '' }, 'expected a line for each answer, such as {"question": "…", "text": "…"}, got none')
  return answers
}

/** What says something, or fails. */
const contents = ['text', 'template', 'tokens', 'toolCalls', 'body', 'fault'] as const

function answerIn(line: string, place: string): ScriptedAnswer {
  const answer = readAnswer(parsed(line, place), place)
  if (contents.every((field) => answer[field] === undefined)) throw wrong({ name: place, path: '' }, 'the field "text" is missing')
  return answer
}

function parsed(line: string, place: string): unknown {
  try {
    return JSON.parse(line)
  } catch (error) {
    throw wrong({ name: place, path: '' }, `expected JSON: ${error instanceof Error ? error.message : ''}`)
  }
}
