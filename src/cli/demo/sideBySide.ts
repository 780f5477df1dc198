import { type Observable, combineLatest, concat, map, takeWhile, timer } from 'rxjs'
import { nowNs } from '../../internal/mark.ts'
import { answer } from '../../pipelines/answer.ts'
import { readChatRequest } from '../../simulator/chatRequest.ts'
import type { Script } from '../../simulator/script.ts'
import { countTokens } from '../../simulator/tokens.ts'
import type { PassageStore } from '../../types/ports.ts'
import { barsOf } from './bars.ts'
import { toLane } from './lane.ts'
import { redraw } from './redraw.ts'
import { question, scriptedAnswer, topK } from './scriptedAnswer.ts'
import { simulated } from './simulated.ts'
import type { Stage } from './stage.ts'

/** So long the model is silent, and so long it writes. */
const silentMs = 400
const writingMs = 3600
const frameMs = 50

/** Asks one model twice at the same time, with streaming and without, and draws a bar for each while they run. */
export function sideBySide(stage: Stage, store: PassageStore): Observable<never> {
  const { say, paint, paced } = stage
  return simulated(scriptOf(stage), (model) => {
    const ask = (streaming: boolean) => answer(question, { store, model, streaming, topK }).pipe(toLane())
    const bars = combineLatest([ask(true), ask(false), timer(0, frameMs)]).pipe(
      takeWhile(([streamed, whole]) => streamed.wholeMs === undefined || whole.wholeMs === undefined, true),
      map(([streamed, whole]) => barsOf({ streamed, whole, nowNs: nowNs(), fullMs: paced(silentMs + writingMs) }, stage)),
      redraw(stage),
    )
    return concat(
      say(paint.bold('2  The same answer with and without streaming'), 300, ''),
      say('Asked twice at the same moment. Dots are waiting, the solid part is reading.', 1200),
      say(''),
      bars,
      say('Both take as long. With streaming you have been reading all the while.', 1200),
    )
  })
}

/** Writes at an even pace, or takes the same time and sends everything at once. */
function scriptOf({ paced }: Stage): Script {
  return ({ body }) => {
    const text = scriptedAnswer(body)
    if (!readChatRequest(body).streamed) return { text, headersDelayMs: paced(silentMs + writingMs) }
    // Three more events come behind the text.
    return { text, firstDelayMs: paced(silentMs), delayMs: paced(writingMs / (countTokens(text) + 3)) }
  }
}
