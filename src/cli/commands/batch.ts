import { existsSync, rmSync } from 'node:fs'
import { type Observable, defer, finalize, lastValueFrom, map, switchMap, take, takeUntil, tap, timer } from 'rxjs'
import { InputError } from '../../errors.ts'
import { type JsonlLog, openJsonl } from '../../sinks/openJsonl.ts'
import { toJsonl } from '../../sinks/toJsonl.ts'
import { pullMap } from '../../sources/pullMap.ts'
import { readQuestions } from '../../sources/readQuestions.ts'
import { skipDone } from '../../sources/skipDone.ts'
import type { Message } from '../../types/completion.ts'
import type { BatchQuestion, QuestionLine } from '../../types/question.ts'
import { defined } from '../../internal/defined.ts'
import { answerFile } from '../batch/answerFile.ts'
import { type Asker, createAsker } from '../batch/asker.ts'
import { checkBatch } from '../batch/checkBatch.ts'
import { checkQuestions } from '../batch/checkQuestions.ts'
import { type BatchCounts, countFailure, countOutcome, createCounts } from '../batch/counts.ts'
import { createDone } from '../batch/done.ts'
import { putInOrder } from '../batch/inOrder.ts'
import { keepRows } from '../batch/keepRows.ts'
import { batchModels } from '../batch/models.ts'
import type { BatchOptions } from '../batch/options.ts'
import { panelLines, plainLine } from '../batch/panelLines.ts'
import { priceList } from '../batch/prices.ts'
import { type Row, identityOf, toBadRow, toOpenAIRow, toPlainRow } from '../batch/rows.ts'
import { claimRun, configurationHash } from '../batch/runFile.ts'
import { settledBy } from '../batch/settledBy.ts'
import { spooled } from '../batch/spool.ts'
import { summarize } from '../batch/summarize.ts'
import { Exit, exitCodes } from '../exit.ts'
import { holdMemory } from '../holdMemory.ts'
import { allowEndOf, interrupt } from '../interrupt.ts'
import { createPanel } from '../panel.ts'
import { note } from '../print.ts'

/** After Ctrl-C: how long rows in flight may take to their end. */
const drainMs = 10_000

/** Answers a file of questions into a file of rows. What is in that file is done: it goes on from there. */
export async function batch(options: BatchOptions): Promise<void> {
  checkBatch(options)
  holdMemory()
  const { out, quiet } = options
  const failuresPath = `${out}.failed.jsonl`
  const input = await spooled(options.questions)
  const { inputFormat: format, column, idColumn } = options
  const lines = (idsAreUnique = false) => readQuestions(input.path, defined({ format, column, idColumn, idsAreUnique }))

  const done = createDone()
  const isNew = !existsSync(out)
  const log = await openJsonl(out, { idOf: (row) => identityOf(row).id, check: done.note, ...(options.sync === 'every' && { groupLines: 1 }) })
  const openFailures = () => openJsonl(failuresPath, { idOf: (row) => identityOf(row).id })
  let failures = await openFailures().catch(async (error: unknown) => {
    await log.close()
    throw error
  })
  try {
    if (log.repaired && !quiet) note(`${out}: its last line was ${log.repaired === 'removed' ? 'not whole and was taken out' : 'missing its end'}; a run before this one was broken off.`)
    const models = new Set<string | undefined>()
    const checked = await checkQuestions(lines(), ({ question }) => {
      if (question === undefined) return
      models.add(question.request?.model ?? options.model)
      if (!options.force) done.check(question, input.name, out)
    })
    if (checked.problems > 0 && !options.skipBad) throw refusal(input.name, checked)
    if (checked.total === 0) throw new InputError(`${input.name} has no questions.`)

    const prices = priceList(options.price)
    const allModels = batchModels(options)
    const defaultModel = models.has(options.model) || options.retrieval !== false ? await allModels.of(undefined) : undefined
    if (options.retrieval === false && defaultModel?.id === 'extractive') throw new InputError('--no-retrieval asks a model alone: set OPENAI_API_KEY, or give --base-url and --model.')
    if (options.maxCost !== undefined) {
      for (const model of [...models, ...(options.fallbackModel ?? [])]) {
        const name = model ?? defaultModel?.id ?? ''
        if (prices(name) === undefined) throw new InputError(`--max-cost needs the price of ${name}: --price ${name}=INPUT,OUTPUT in dollars for a million tokens.`)
      }
    }
    const asker = await createAsker(options, allModels, defaultModel)
    await claimRun(out, asker.configuration, { force: options.force, hasRows: log.rows > 0 })
    // Only now: a run that is refused changes nothing. Bad lines are found anew each time, they may have been mended.
    await failures.close()
    await keepRows(failuresPath, (row) => !options.retryFailed && (row['error'] as { readonly code?: unknown } | null)?.code !== 'bad-input')
    failures = await openFailures()
    await answerAll({ options, lines: () => lines(checked.problems === 0), log, failures, asker, counts: createCounts(checked.total + checked.problems), prices })
  } finally {
    await Promise.allSettled([log.close(), failures.close()])
    if (failures.rows === 0) rmSync(failuresPath, { force: true })
    if (isNew && log.rows === 0) rmSync(out, { force: true })
  }
}

interface Run {
  readonly options: BatchOptions
  readonly lines: () => AsyncIterable<QuestionLine>
  readonly log: JsonlLog
  readonly failures: JsonlLog
  readonly asker: Asker
  readonly counts: BatchCounts
  readonly prices: ReturnType<typeof priceList>
}

async function answerAll({ options, lines, log, failures, asker, counts, prices }: Run): Promise<void> {
  const { out, quiet } = options
  const started = performance.now()
  const secondsOf = () => (performance.now() - started) / 1000
  let stopped: 'interrupted' | 'budget' | undefined
  const configuration = configurationHash(asker.configuration)
  const toRow = options.format === 'openai-batch' ? toOpenAIRow(configuration) : toPlainRow(configuration, prices)

  async function* open(): AsyncGenerator<BatchQuestion> {
    for await (const found of lines()) {
      if (stopped !== undefined) return
      if (found.problem !== undefined) {
        await failures.append(toBadRow(found.line, found.problem))
        countFailure(counts, 'bad-input')
      } else if (!failures.skip(found.question.id)) yield found.question
    }
  }
  const answerOne = (question: BatchQuestion): Observable<Row> =>
    defer(() => {
      let messages: readonly Message[] | undefined
      const file = options.files === undefined ? undefined : answerFile(options.files, question.id)
      counts.inFlight++
      let ended = false
      return asker.ask(question, (read) => (messages = read)).pipe(
        settledBy(question, file),
        map(({ completion, timings }) => {
          ended = true
          countOutcome(counts, completion, timings, prices)
          if (isOverBudget(counts, options)) stopped ??= 'budget'
          return toRow({ question, completion, ...defined({ timings, messages, file: completion.error ? undefined : file }) })
        }),
        finalize(() => {
          if (!ended) counts.inFlight--
        }),
      )
    })

  allowEndOf(drainMs + 5000)
  const pressed = interrupt.pipe(take(1), tap(() => (stopped = 'interrupted')))
  const state = () => ({ counts, skipped: log.skipped + failures.skipped, out, seconds: secondsOf(), stopping: stopped !== undefined })
  const panel = createPanel({ lines: (columns) => panelLines(state(), columns), plain: () => plainLine(state()) }, quiet)
  const rows = pullMap(skipDone(log)(open()), answerOne, { concurrency: options.concurrency }).pipe(
    takeUntil(pressed.pipe(switchMap(() => timer(drainMs)))),
  )
  try {
    await lastValueFrom(rows.pipe(toJsonl(log, { failures })))
    if (options.ordered && stopped !== 'interrupted') await putInOrder(out, idsOf(lines()), (row) => identityOf(row).id)
  } finally {
    panel.end()
    asker.close()
  }
  const skipped = log.skipped + failures.skipped
  if (stopped === 'budget' && counts.answered + counts.failed + skipped >= counts.total) stopped = undefined
  if (!quiet) summarize({ counts, skipped, out, seconds: secondsOf(), stopped, rows: log.rows, failures: failures.rows })
  if (stopped === 'interrupted') throw new Exit(exitCodes.interrupted)
  if (stopped === 'budget') throw new Exit(exitCodes.budgetReached)
  if (failures.rows > 0) throw new Exit(exitCodes.someFailed)
}

function isOverBudget({ cost, inputTokens, outputTokens }: BatchCounts, { maxCost, tokenBudget = Infinity }: BatchOptions): boolean {
  // A cost that is not known is not below any.
  return (maxCost !== undefined && !(cost < maxCost)) || inputTokens + outputTokens >= tokenBudget
}

async function* idsOf(lines: AsyncIterable<QuestionLine>): AsyncGenerator<string> {
  for await (const { question } of lines) if (question !== undefined) yield question.id
}

function refusal(name: string, { problems, first }: { readonly problems: number; readonly first: readonly { line: number; problem: string }[] }): InputError {
  for (const { line, problem } of first) note(`${name}:${line}: ${problem}`)
  if (problems > first.length) note(`… and ${problems - first.length} more`)
  return new InputError(`${problems === 1 ? 'A line' : `${problems} lines`} of ${name} cannot be asked. Mend them, or put them among the failures with --skip-bad. Nothing was asked.`)
}
