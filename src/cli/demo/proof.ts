import { EMPTY, type Observable, concat, defer, throwError } from 'rxjs'
import { partialAnswer } from '../../simulator/answerText.ts'
import { readChatRequest } from '../../simulator/chatRequest.ts'
import type { SimulatorRecord } from '../../simulator/record.ts'
import type { Completion } from '../../types/completion.ts'
import { Exit, exitCodes } from '../exit.ts'
import { citedSources } from './citedSources.ts'
import { scriptedAnswer } from './scriptedAnswer.ts'
import { type Stage, indent } from './stage.ts'

/** Prints what the answer cites and what the server recorded of the two requests; compares their text with the uncut answer. */
export function proof(stage: Stage, completion: Completion, { requests }: SimulatorRecord, folder: string): Observable<never> {
  const { print, paint } = stage
  const { text } = completion
  const [first, second] = requests
  const partial = partialAnswer(readChatRequest(second?.body).messages)?.text ?? ''
  const wasReset = requests.length === 2 && first?.fault === 'reset' && first.end?.by === 'server'
  const isHealed = wasReset && partial !== '' && text.startsWith(partial) && text === scriptedAnswer(first.body)
  const row = (name: string, what: string) => print(what, `${indent}${name.padEnd(11)}`, indent.padEnd(14))
  return concat(
    defer(() => {
      stage.write('\n')
      for (const line of citedSources(completion, folder)) print(paint.dim(line), indent, `${indent}    `)
      print('\nWhat the server recorded, and the text compared:')
      row('request 1', `${first?.events} events, then a ${first?.fault} by the ${first?.end?.by}`)
      row('request 2', `brought ${partial.length} characters back, got the rest in ${second?.events} events`)
      row('the seam', `“… ${around(text, partial.length)} …”`)
      row('the text', `${text.length} characters, compared with the uncut answer: ${isHealed ? paint.green('equal') : paint.red('NOT equal')}`)
      return isHealed ? EMPTY : throwError(() => new Exit(exitCodes.failed))
    }),
    stage.pause(3000),
  )
}

/** Some words on both sides of a place. */
function around(text: string, at: number): string {
  return text.slice(0, at).split(' ').slice(-3).join(' ') + text.slice(at).split(' ').slice(0, 3).join(' ')
}
