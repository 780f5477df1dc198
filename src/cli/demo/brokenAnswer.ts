import { type Observable, concat, concatMap, tap } from 'rxjs'
import { answer } from '../../pipelines/answer.ts'
import { continueAfterCut } from '../../policies/continueAfterCut.ts'
import type { Script } from '../../simulator/script.ts'
import { piecesOf } from '../../simulator/tokens.ts'
import { fanOut } from '../../sinks/fanOut.ts'
import { toCompletion } from '../../sinks/toCompletion.ts'
import { toStdout } from '../../sinks/toStdout.ts'
import type { Chunk } from '../../types/chunk.ts'
import type { PassageStore } from '../../types/ports.ts'
import { createPaper } from './paper.ts'
import { proof } from './proof.ts'
import { question, scriptedAnswer, topK } from './scriptedAnswer.ts'
import { simulated } from './simulated.ts'
import { type Stage, indent } from './stage.ts'

/** Shows an answer whose connection is reset in the middle, and which goes on; then what the server recorded of it. */
export function brokenAnswer(stage: Stage, store: PassageStore, folder: string): Observable<never> {
  const { say, print, paint } = stage
  return simulated(scriptOf(stage), (model, simulator) => {
    const paper = createPaper(stage, `${indent}${paint.dim('│')} `)
    // The text before the break stands. For the stream it is one more chunk.
    const showBreak = (chunk: Chunk) => {
      if (chunk.type !== 'retry') return
      paper.lift()
      print(chunk.error.message, `${indent}${paint.red('╳')} `, `${indent}  `)
      print('asking again, with the text so far', `${indent}${paint.dim('↻')} `, `${indent}  `)
    }
    const shown = answer(question, { store, model: continueAfterCut(model), topK }).pipe(
      tap(showBreak),
      fanOut(toStdout({ stream: paper.stream, harmless: true }), toCompletion()),
    )
    return concat(
      say(paint.bold('1  An answer whose connection breaks'), 400, ''),
      say(
        `The language model is simulated, on ${simulator.url}, and what it says is scripted. ` +
          'The search, the connection, the break and the repair are real.',
        2500,
      ),
      say(paint.bold(question), 800),
      say(''),
      shown.pipe(
        concatMap(([, completion]) => {
          paper.lift()
          if (!completion.ok) throw completion.error
          return proof(stage, completion.summary, simulator.record, folder)
        }),
      ),
    )
  })
}

/** The first answer breaks off inside a word. The second goes on where the partial one ends, which comes back with the request. */
function scriptOf({ paced }: Stage): Script {
  return ({ body, number }) => {
    const text = scriptedAnswer(body)
    const delayMs = paced(45)
    if (number > 0) return { text, continues: true, firstDelayMs: paced(1500), delayMs }
    return { text, firstDelayMs: paced(500), delayMs, fault: { type: 'reset', afterEvents: eventsBeforeBreak(text) } }
  }
}

/** A third of the text, and on to a token that begins inside a word; the event with the role counts. */
function eventsBeforeBreak(text: string): number {
  const tokens = [...piecesOf(text, 1)]
  const third = Math.floor(tokens.length * 0.3)
  const insideWord = tokens.findIndex((token, index) => index >= third && /^\p{L}{2}/u.test(token))
  return 1 + (insideWord === -1 ? third : insideWord)
}
