import { existsSync, rmSync } from 'node:fs'
import { InputError } from '../../errors.ts'
import { defined } from '../../internal/defined.ts'
import { openJsonl } from '../../sinks/openJsonl.ts'
import { readQuestions } from '../../sources/readQuestions.ts'
import { answerAll } from '../batch/answerAll.ts'
import { createAsker } from '../batch/asker.ts'
import { checkBatch } from '../batch/checkBatch.ts'
import { checkQuestions } from '../batch/checkQuestions.ts'
import { createCounts } from '../batch/counts.ts'
import { createDone } from '../batch/done.ts'
import { keepRows } from '../batch/keepRows.ts'
import { batchModels } from '../batch/models.ts'
import type { BatchOptions } from '../batch/options.ts'
import { priceList } from '../batch/prices.ts'
import { createRefusals } from '../batch/refusals.ts'
import { identityOf } from '../batch/rows.ts'
import { claimRun } from '../batch/runFile.ts'
import { spooled } from '../batch/spool.ts'
import { holdMemory } from '../holdMemory.ts'
import { note } from '../print.ts'

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
    await claimRun(out, asker.configuration, { force: options.force, rows: log.rows, made: done.made })
    // Only now: a run that is refused changes nothing. Bad lines are found anew each time, they may have been mended.
    await failures.close()
    await keepRows(failuresPath, (row) => !options.retryFailed && (row['error'] as { readonly code?: unknown } | null)?.code !== 'bad-input')
    failures = await openFailures()
    const counts = createCounts(checked.total + checked.problems)
    const refusals = createRefusals({ severalModels: models.size > 1 })
    await answerAll({ options, lines: () => lines(checked.problems === 0), log, failures, asker, counts, prices, refusals })
  } finally {
    await Promise.allSettled([log.close(), failures.close()])
    if (failures.rows === 0) rmSync(failuresPath, { force: true })
    if (isNew && log.rows === 0) rmSync(out, { force: true })
  }
}

function refusal(name: string, { problems, first }: { readonly problems: number; readonly first: readonly { line: number; problem: string }[] }): InputError {
  for (const { line, problem } of first) note(`${name}:${line}: ${problem}`)
  if (problems > first.length) note(`… and ${problems - first.length} more`)
  return new InputError(`${problems === 1 ? 'A line' : `${problems} lines`} of ${name} cannot be asked. Mend them, or put them among the failures with --skip-bad. Nothing was asked.`)
}
