import { type Subject, lastValueFrom, merge, pipe, tap } from 'rxjs'
import { SinkError } from '../../errors.ts'
import { measure } from '../../operators/measure.ts'
import type { Conversation } from '../../pipelines/conversation.ts'
import type { Gate } from '../../types/gate.ts'
import { type Settled, fanOut } from '../../sinks/fanOut.ts'
import { toCompletion } from '../../sinks/toCompletion.ts'
import { toStdout } from '../../sinks/toStdout.ts'
import type { Completion } from '../../types/completion.ts'
import { endLine, tellRetries } from '../answerNotes.ts'
import { explain } from '../exit.ts'
import { tellProgress } from '../mode.ts'
import { note } from '../print.ts'
import { printSources } from '../printSources.ts'
import { printStatistics } from '../printStatistics.ts'

export interface TalkOptions {
  readonly quiet: boolean
  readonly verbose: boolean
  readonly gate: Gate
  readonly showsDrafts: boolean
  /** Ends the answer that is running. */
  readonly stop: Subject<void>
}

/** Asks one question and shows its answer; what failed is said in one line, and then in `error` of the completion. */
export async function askTurn({ ask }: Conversation, question: string, { quiet, verbose, gate, showsDrafts, stop }: TalkOptions): Promise<Completion | undefined> {
  const display = pipe(toStdout({ gate }), tap({ error: () => stop.next() }))
  const told = ask(question, { stop: merge(stop) }).pipe(tap(tellRetries(quiet, verbose)), tap(tellProgress(quiet, showsDrafts)))
  try {
    const [shown, completion, timings] = await lastValueFrom(told.pipe(fanOut(display, toCompletion(), measure())))
    if (!shown.ok) throw shown.error
    if (!completion.ok || !timings.ok) return undefined
    endLine(completion.summary.text)
    if (!quiet) printSources(completion.summary)
    if (!quiet) printStatistics(completion.summary, timings.summary, verbose)
    return completion.summary
  } catch (error) {
    const [, completion] = error instanceof SinkError ? (error.summary as [unknown, Settled<Completion>]) : []
    endLine(completion?.summary?.text ?? '')
    const { line } = explain(error)
    if (line === undefined) throw error
    note(`riffle: ${line}`)
    return completion?.summary
  }
}
