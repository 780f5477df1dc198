import { type OperatorFunction, Subject, lastValueFrom, merge, pipe, tap } from 'rxjs'
import { InputError, SinkError, toErrorInfo } from '../../errors.ts'
import { defined } from '../../internal/defined.ts'
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
import { endLine, milliseconds, tellRetries } from '../answerNotes.ts'
import { askingWith, attemptPolicy } from '../attemptPolicy.ts'
import { checkOptions } from '../checkOptions.ts'
import { chooseModel } from '../chooseModel.ts'
import { interrupt, interruptedExit } from '../interrupt.ts'
import { inMode, tellProgress } from '../mode.ts'
import type { ModeOptions } from '../modeOptions.ts'
import { openStore } from '../openStore.ts'
import type { DataOptions, ModelOptions } from '../options.ts'
import { note } from '../print.ts'
import { printPrompt } from '../printPrompt.ts'
import { printSources } from '../printSources.ts'
import { printStatistics } from '../printStatistics.ts'
import { readQuestion } from '../readQuestion.ts'
import { type RankOptions, checkRanking, checkReranker } from '../rankOptions.ts'
import { ranking } from '../ranking.ts'

export interface AskOptions extends DataOptions, ModelOptions, ModeOptions, RankOptions {
  readonly question: string
  readonly out?: string | undefined
  readonly format: 'text' | 'ndjson'
}

/** Streams the answer to standard output; sources and statistics go to standard error. */
export async function ask(options: AskOptions): Promise<void> {
  const { quiet, verbose, format, out, mode = 'compact' } = options
  checkOptions(options)
  checkRanking(options, options.topK)
  const question = await readQuestion(options.question)
  if (question === '') throw new InputError('The question is empty.')
  const model = await chooseModel(options, quiet)
  checkReranker(options, model)
  const { store, embedder, retrieval, filter } = await openStore(options)
  const gate = createGate()
  const displayGone = new Subject<void>()
  const policy = { maxRetries: options.maxRetries, gate, ...defined({ timeoutMs: milliseconds(options.timeout) }) }

  const asking = askingWith(verbose ? printPrompt(model) : model, options.afterCut, policy)
  const generation = defined({ system: options.system, temperature: options.temperature, maxOutputTokens: options.maxOutputTokens })

  const chunks = answer(question, {
    store,
    model: inMode(asking.model, mode, { ...generation, attempt: asking.attempt }),
    gate,
    // Who only pipes the answer on, and closes the pipe, wants no more of it.
    stop: out === undefined ? merge(interrupt, displayGone) : interrupt,
    ...ranking(options, { topK: options.topK, store, model, attempt: attemptPolicy(policy), onError: 'keep', onFailure: (error) => tellRanking(error, quiet) }),
    streaming: options.stream,
    ...generation,
    ...defined({ embedder, retrieval, filter }),
  })
  const printed: OperatorFunction<Chunk, unknown> = format === 'ndjson' ? toNdjson({ gate, marks: verbose }) : toStdout({ gate })
  const display = pipe(printed, tap({ error: () => displayGone.next() }))
  const saved = out === undefined ? [] : [toFile(out, { gate })]
  const ends = await lastValueFrom(chunks.pipe(tap(tellRetries(quiet, verbose)), tap(tellProgress(quiet || format === 'ndjson', process.stderr.isTTY && mode !== 'tree-summarize')), fanOut(display, toCompletion(), measure(), ...saved))).catch((error: unknown) => {
    endBroken(error, format, quiet)
    throw error
  })
  const [shown, completion, timings, file] = ends
  store.close()

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

function tellRanking(error: unknown, quiet: boolean): void {
  if (!quiet) note(`Ranking anew failed, the first ranking stands: ${toErrorInfo(error).message}`)
}

/** What had come of an answer that failed: ends its line, and says where the file is. */
function endBroken(error: unknown, format: AskOptions['format'], quiet: boolean): void {
  if (!(error instanceof SinkError)) return
  const [, completion, , file] = error.summary as [unknown, Settled<Completion>, unknown, Settled<FileSummary>?]
  if (format === 'text') endLine(completion.summary?.text ?? '')
  if (!quiet && file?.summary && !file.summary.complete && file.summary.bytes > 0) note(`The part that came is in ${file.summary.path}`)
}
