import { type OperatorFunction, Subject, lastValueFrom, merge, pipe, tap } from 'rxjs'
import { InputError } from '../../errors.ts'
import { defined } from '../../internal/defined.ts'
import { measure } from '../../operators/measure.ts'
import { answer } from '../../pipelines/answer.ts'
import { createGate } from '../../policies/gate.ts'
import { fanOut } from '../../sinks/fanOut.ts'
import { toCompletion } from '../../sinks/toCompletion.ts'
import { toFile } from '../../sinks/toFile.ts'
import { toNdjson } from '../../sinks/toNdjson.ts'
import { toStdout } from '../../sinks/toStdout.ts'
import type { Chunk } from '../../types/chunk.ts'
import { askingWith } from '../attemptPolicy.ts'
import { checkOptions } from '../checkOptions.ts'
import { chooseModel } from '../chooseModel.ts'
import { Exit, exitCodes } from '../exit.ts'
import { interrupt } from '../interrupt.ts'
import { openStore } from '../openStore.ts'
import type { DataOptions, ModelOptions } from '../options.ts'
import { note } from '../print.ts'
import { printPrompt } from '../printPrompt.ts'
import { printSources } from '../printSources.ts'
import { printStatistics } from '../printStatistics.ts'
import { readQuestion } from '../readQuestion.ts'

export interface AskOptions extends DataOptions, ModelOptions {
  readonly question: string
  readonly out?: string | undefined
  readonly format: 'text' | 'ndjson'
}

/** Streams the answer to standard output; sources and statistics go to standard error. */
export async function ask(options: AskOptions): Promise<void> {
  const { quiet, verbose, format, out } = options
  checkOptions(options)
  const question = await readQuestion(options.question)
  if (question === '') throw new InputError('The question is empty.')
  const model = await chooseModel(options, quiet)
  const { store, embedder, retrieval } = await openStore(options)
  const gate = createGate()
  const displayGone = new Subject<void>()
  const policy = { maxRetries: options.maxRetries, gate, ...defined({ timeoutMs: milliseconds(options.timeout) }) }

  const chunks = answer(question, {
    store,
    ...askingWith(verbose ? printPrompt(model) : model, options.afterCut, policy),
    gate,
    // Who only pipes the answer on, and closes the pipe, wants no more of it.
    stop: out === undefined ? merge(interrupt, displayGone) : interrupt,
    topK: options.topK,
    streaming: options.stream,
    ...defined({ embedder, retrieval, system: options.system, temperature: options.temperature, maxOutputTokens: options.maxOutputTokens }),
  })
  const printed: OperatorFunction<Chunk, unknown> = format === 'ndjson' ? toNdjson({ gate, marks: verbose }) : toStdout({ gate })
  const display = pipe(printed, tap({ error: () => displayGone.next() }))
  const saved = out === undefined ? [] : [toFile(out, { gate })]
  const [shown, completion, timings, file] = await lastValueFrom(chunks.pipe(fanOut(display, toCompletion(), measure(), ...saved)))
  store.close()

  // A file that could not be written is a failure also when nobody reads the output any more.
  for (const end of [file, shown, completion, timings]) if (end?.ok === false) throw end.error
  if (!completion.ok || !timings.ok) return
  const { finishReason, text } = completion.summary
  if (format === 'text' && text !== '' && !text.endsWith('\n')) process.stdout.write('\n')
  if (!quiet && format === 'text') printSources(completion.summary)
  if (!quiet) printStatistics(completion.summary, timings.summary, verbose)
  if (finishReason === 'length') note('The answer was cut at the bound of its length (--max-output-tokens).')
  if (file?.ok && !file.summary.complete) note(`The part that came is in ${file.summary.path}`)
  if (finishReason === 'stopped') throw new Exit(exitCodes.interrupted)
}

function milliseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1000
}
