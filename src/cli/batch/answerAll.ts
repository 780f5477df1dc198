import { type Observable, finalize, lastValueFrom, switchMap, takeUntil, tap, timer } from 'rxjs'
import { RagError } from '../../errors.ts'
import type { JsonlLog } from '../../sinks/openJsonl.ts'
import { toJsonl } from '../../sinks/toJsonl.ts'
import { pullMap } from '../../sources/pullMap.ts'
import { skipDone } from '../../sources/skipDone.ts'
import type { ErrorInfo } from '../../types/chunk.ts'
import type { Message } from '../../types/completion.ts'
import type { BatchQuestion, QuestionLine } from '../../types/question.ts'
import { Exit, exitCodes } from '../exit.ts'
import { type EndSignal, allowEndOf, interrupt, interruptedExit } from '../interrupt.ts'
import { createPanel } from '../panel.ts'
import { safe } from '../print.ts'
import { answerFile } from './answerFile.ts'
import type { Asker } from './asker.ts'
import { type BatchCounts, countFailure, countOutcome } from './counts.ts'
import { putInOrder } from './inOrder.ts'
import type { BatchOptions } from './options.ts'
import { panelLines, plainLine } from './panelLines.ts'
import type { PriceList } from './prices.ts'
import type { Refusals } from './refusals.ts'
import { type Row, costOfCompletion, identityOf, toBadRow, toOpenAIRow, toPlainRow } from './rows.ts'
import { configurationHash } from './runFile.ts'
import { type AnswerEnd, settledBy } from './settledBy.ts'
import { commandAgain, summarize } from './summarize.ts'
import { tellAttempts } from './tellAttempts.ts'

/** How long rows in flight may take to their end: who sends SIGTERM kills soon after, and after SIGHUP the machine may be gone. */
const drainMs: Readonly<Record<EndSignal, number>> = { SIGINT: 10_000, SIGTERM: 5_000, SIGHUP: 0 }

export interface Run {
  readonly options: BatchOptions
  readonly lines: () => AsyncIterable<QuestionLine>
  readonly log: JsonlLog
  readonly failures: JsonlLog
  readonly asker: Asker
  readonly counts: BatchCounts
  readonly prices: PriceList
  readonly refusals: Refusals
}

/** Asks all that is not done, writes the rows, and says at the end what was done. */
export async function answerAll({ options, lines, log, failures, asker, counts, prices, refusals }: Run): Promise<void> {
  const { out, quiet } = options
  const started = performance.now()
  const secondsOf = () => (performance.now() - started) / 1000
  let stopped: 'interrupted' | 'budget' | 'refused' | undefined
  let refused: ErrorInfo | undefined
  const configuration = configurationHash(asker.configuration)
  const toRow = options.format === 'openai-batch' ? toOpenAIRow(configuration) : toPlainRow(configuration)
  const state = () => ({ counts, skipped: log.skipped + failures.skipped, out, seconds: secondsOf(), stopping: stopped !== undefined })
  const panel = createPanel({ lines: (columns) => panelLines(state(), columns), plain: () => plainLine(state()) }, quiet)
  const tell = options.verbose && !quiet ? panel.above : undefined

  async function* open(): AsyncGenerator<BatchQuestion> {
    for await (const found of lines()) {
      if (stopped !== undefined) return
      if (found.problem !== undefined) {
        await failures.append(toBadRow(found.line, found.problem))
        countFailure(counts, 'bad-input')
        tell?.(`line ${found.line}: failed: ${safe(found.problem)}`)
      } else if (!failures.skip(found.question.id)) yield found.question
    }
  }
  const answerOne = (question: BatchQuestion): Observable<Row> => {
    let messages: readonly Message[] | undefined
    const file = options.files === undefined ? undefined : answerFile(options.files, question.id)
    const rowOf = ({ completion, timings }: AnswerEnd) => {
      const { error, failures: before = [] } = completion
      const cost = costOfCompletion(completion, prices)
      countOutcome(counts, completion, timings, cost)
      if (error) tell?.(`${safe(question.id)}: failed at attempt ${before.length + 1}, ${error.code}: ${safe(error.message)}`)
      refused ??= refusals.take(question, completion)
      if (refused !== undefined) stopped ??= 'refused'
      if (isOverBudget(counts, options)) stopped ??= 'budget'
      return toRow({ question, completion, timings, cost, messages, file: error ? undefined : file })
    }
    const chunks = asker.ask(question, (read) => (messages = read))
    counts.inFlight++
    return (tell === undefined ? chunks : chunks.pipe(tellAttempts(question.id, tell))).pipe(settledBy(question, file, rowOf), finalize(() => counts.inFlight--))
  }

  allowEndOf(drainMs.SIGINT + 5000)
  const pressed = interrupt.pipe(tap(() => (stopped = 'interrupted')))
  const rows = pullMap(skipDone(log)(open()), answerOne, { concurrency: options.concurrency }).pipe(
    takeUntil(pressed.pipe(switchMap((signal) => timer(drainMs[signal])))),
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
  const isWorthTelling = stopped !== 'refused' || counts.answered > 0
  if (!quiet && isWorthTelling) summarize({ counts, skipped, out, seconds: secondsOf(), stopped, rows: log.rows, failures: failures.rows })
  if (stopped === 'interrupted') throw interruptedExit()
  if (stopped === 'refused') throw new RagError('refused', `Stopped, the rest would be refused as well: ${refused?.message.replace(/\.$/, '')}. Mend that, then: ${commandAgain('--retry-failed')}`)
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
