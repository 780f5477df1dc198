import { type OperatorFunction, Subject, lastValueFrom, merge, pipe, tap } from 'rxjs'
import { InputError, SinkError } from '../../errors.ts'
import { measure } from '../../operators/measure.ts'
import { answer } from '../../pipelines/answer.ts'
import { createGate } from '../../policies/gate.ts'
import { type Settled, fanOut } from '../../sinks/fanOut.ts'
import { toCompletion } from '../../sinks/toCompletion.ts'
import { type FileSummary, toFile } from '../../sinks/toFile.ts'
import { toNdjson } from '../../sinks/toNdjson.ts'
import { toStdout } from '../../sinks/toStdout.ts'
import type { Chunk } from '../../types/chunk.ts'
import type { Completion } from '../../types/completion.ts'
import { answering } from '../answering.ts'
import { endLine, tellRetries } from '../answerNotes.ts'
import { checkOptions } from '../checkOptions.ts'
import { chooseModel } from '../chooseModel.ts'
import { interrupt, interruptedExit } from '../interrupt.ts'
import { showsDrafts, tellProgress } from '../mode.ts'
import type { ModeOptions } from '../modeOptions.ts'
import { openStore } from '../openStore.ts'
import type { DataOptions, ModelOptions } from '../options.ts'
import { note } from '../print.ts'
import { printSources } from '../printSources.ts'
import { printStatistics } from '../printStatistics.ts'
import { readQuestion } from '../readQuestion.ts'
import { type RankOptions, checkRanking, checkReranker } from '../rankOptions.ts'

export interface AskOptions extends DataOptions, ModelOptions, ModeOptions, RankOptions {
  readonly question: string
  readonly out?: string | undefined
  readonly format: 'text' | 'ndjson'
}

/** Streams the answer to standard output; sources and statistics go to standard error. */
export async function ask(options: AskOptions): Promise<void> {
  const { quiet, verbose, format, out } = options
  checkOptions(options)
  checkRanking(options, options.topK)
  const question = await readQuestion(options.question)
  if (question === '') throw new InputError('The question is empty.')
  const model = await chooseModel(options, quiet)
  checkReranker(options, model)
  const opened = await openStore(options)
  const gate = createGate()
  const displayGone = new Subject<void>()

  const chunks = answer(question, {
    ...answering(options, opened, model, gate),
    // Who only pipes the answer on, and closes the pipe, wants no more of it.
    stop: out === undefined ? merge(interrupt, displayGone) : interrupt,
  })
  const printed: OperatorFunction<Chunk, unknown> = format === 'ndjson' ? toNdjson({ gate, marks: verbose }) : toStdout({ gate })
  const display = pipe(printed, tap({ error: () => displayGone.next() }))
  const saved = out === undefined ? [] : [toFile(out, { gate })]
  const ends = await lastValueFrom(chunks.pipe(tap(tellRetries(quiet, verbose)), tap(tellProgress(quiet || format === 'ndjson', showsDrafts(options))), fanOut(display, toCompletion(), measure(), ...saved))).catch((error: unknown) => {
    endBroken(error, format, quiet)
    throw error
  })
  const [shown, completion, timings, file] = ends
  opened.store.close()

  // A file that could not be written is a failure also when nobody reads the output any more.
  for (const end of [file, shown, completion, timings]) if (end?.ok === false) throw end.error
  if (!completion.ok || !timings.ok) return
  const { finishReason, text } = completion.summary
  if (format === 'text') endLine(text)
  if (!quiet && format === 'text') printSources(completion.summary)
  if (!quiet) printStatistics(completion.summary, timings.summary, verbose)
  if (finishReason === 'content-filter') note('The answer was cut by the content filter of the service.')
  if (finishReason === 'length') note('The answer was cut at the bound of its length (--max-output-tokens).')
  if (file?.ok && !file.summary.complete) note(`The part that came is in ${file.summary.path}`)
  if (finishReason === 'stopped') throw interruptedExit()
}

/** What had come of an answer that failed: ends its line, and says where the file is. */
function endBroken(error: unknown, format: AskOptions['format'], quiet: boolean): void {
  if (!(error instanceof SinkError)) return
  const [, completion, , file] = error.summary as [unknown, Settled<Completion>, unknown, Settled<FileSummary>?]
  if (format === 'text') endLine(completion.summary?.text ?? '')
  if (!quiet && file?.summary && !file.summary.complete && file.summary.bytes > 0) note(`The part that came is in ${file.summary.path}`)
}
