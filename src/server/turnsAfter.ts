import type { Message } from '../types/completion.ts'
import type { Run } from './runs.ts'

const maxTurns = 40
const maxCharacters = 200_000

/**
 * The conversation once a run has ended: what its question came with, the question, and the answer as it stands. The oldest turns
 * go above 40 messages or 200,000 characters; a question without an answer is not remembered.
 */
export function turnsAfter({ query: { question, history = [] }, log }: Run): readonly Message[] {
  let answer = ''
  for (let number = log.first; number <= log.last; number++) {
    const event = log.at(number)
    if (event.type === 'reset') answer = ''
    if (event.type === 'text') answer += event.text
  }
  if (answer === '') return history
  const turns = [...history, { role: 'user' as const, content: question }, { role: 'assistant' as const, content: answer }].slice(-maxTurns)
  let characters = turns.reduce((sum, { content }) => sum + content.length, 0)
  while (characters > maxCharacters) characters -= turns.shift()?.content.length ?? characters
  return turns
}
