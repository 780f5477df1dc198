import { firstValueFrom, map } from 'rxjs'
import { InputError, toErrorInfo } from '../../errors.ts'
import { createFilter } from '../../internal/createFilter.ts'
import { defined } from '../../internal/defined.ts'
import { answer } from '../../pipelines/answer.ts'
import { type Budget, type TokenPrice, createBudget } from '../../server/budget.ts'
import { type Handler, handler } from '../../server/handler.ts'
import { type Serving, serve as listen } from '../../server/serve.ts'
import { milliseconds } from '../answerNotes.ts'
import { askingWith } from '../attemptPolicy.ts'
import { priceList } from '../batch/prices.ts'
import { checkOptions } from '../checkOptions.ts'
import { chooseModel } from '../chooseModel.ts'
import { environment } from '../environment.ts'
import { holdMemory } from '../holdMemory.ts'
import { allowEndOf, interrupt, interruptedExit } from '../interrupt.ts'
import { inMode } from '../mode.ts'
import { defaultMode, modeNames } from '../modeOptions.ts'
import { openStore } from '../openStore.ts'
import { note, safe } from '../print.ts'
import { printPrompt } from '../printPrompt.ts'
import { count } from '../progress.ts'
import { checkServe } from '../serve/checkServe.ts'
import { hints } from '../serve/hints.ts'
import { type AccessLog, openAccessLog } from '../serve/openAccessLog.ts'
import type { ServeCommandOptions } from '../serve/options.ts'

/** Between the end of the last answer and that of the process: to close files. */
const lastSecondMs = 1000

/** Answers questions over HTTP until Ctrl-C; then every open answer gets its last event. */
export async function serve(options: ServeCommandOptions): Promise<void> {
  const token = options.token ?? environment.token()
  checkOptions(options)
  checkServe(options, token)
  holdMemory()
  const model = await chooseModel(options, options.quiet)
  const budget = budgetOf(options, model.id)
  const { store, embedder, retrieval, filter } = await openStore(options)
  const log = options.accessLog === undefined ? undefined : await openAccessLog(options.accessLog)
  const policy = { maxRetries: options.maxRetries, ...defined({ timeoutMs: milliseconds(options.timeout) }) }
  const asking = askingWith(options.verbose ? printPrompt(model) : model, options.afterCut, policy)
  // Where answers may not come from, nothing may be read.
  const allowed = filter === undefined ? () => true : createFilter(filter)
  let runs = 0

  const served = handler({
    answer(query, { stop, runId }) {
      runs++
      const { question, history, topK = options.topK, temperature = options.temperature, maxOutputTokens = options.maxOutputTokens } = query
      if (options.logQuestions) log?.write({ run: runId, question })
      const mode = modeNames.find((name) => name === query.mode) ?? options.mode ?? defaultMode
      const generation = defined({ system: options.system, temperature, maxOutputTokens })
      return answer(question, {
        store, stop, topK, streaming: options.stream, ...generation, ...defined({ embedder, retrieval, filter, history }),
        model: inMode(asking.model, mode, { ...generation, attempt: asking.attempt }),
      })
    },
    modes: modeNames,
    maxRuns: options.maxRuns,
    maxQueued: options.maxQueued,
    graceMs: options.grace * 1000,
    page: true,
    passages: (documentId, places) => store.passages(documentId, places).pipe(map((found) => found.filter(allowed))),
    hosts: [...(options.hostName ?? []), options.host],
    onRunEnd(run, _, error) {
      if (error !== undefined && !options.quiet) note(`failed: run ${run.id}: ${safe(toErrorInfo(error).message)}`)
    },
    ...defined({ token, budget, price: priceOf(options, model.id), origins: options.origin, onAccess: log?.write }),
  })
  const interrupted = firstValueFrom(interrupt)
  const serving = await started(served, options)
  for (const line of hints(serving.url, token !== undefined)) note(line)

  await interrupted
  await ended(serving, log, options)
  store.close()
  if (!options.quiet) note(`Answered ${count(runs, 'question')}.`)
  throw interruptedExit()
}

async function started(served: Handler, { port, host, maxConnections, closeTimeout }: ServeCommandOptions): Promise<Serving> {
  try {
    return await listen(served, { port, host, maxConnections, closeMs: closeTimeout * 1000 })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EADDRINUSE') throw new InputError(`Port ${port} is in use: give another --port, or 0 for a free one.`)
    if (code === 'EACCES') throw new InputError(`Port ${port} may not be used: give a --port from 1024.`)
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') throw new InputError(`This machine has no address ${host}: give another --host.`)
    throw error
  }
}

async function ended(serving: Serving, log: AccessLog | undefined, { quiet }: ServeCommandOptions): Promise<void> {
  if (!quiet) note('Ending the answers that are open; Ctrl-C again ends at once.')
  await serving.close()
  await log?.close()
}

/** What may be spent; and Ctrl-C gets the time that answers have to end. */
function budgetOf(options: ServeCommandOptions, modelId: string): Budget | undefined {
  allowEndOf(options.closeTimeout * 1000 + lastSecondMs)
  const { tokensPerAnswer, tokenBudget, maxCost } = options
  const name = modelName(modelId)
  const price = priceOf(options, modelId)
  if (tokensPerAnswer === undefined && tokenBudget === undefined && maxCost === undefined) return undefined
  if (maxCost !== undefined && price === undefined) throw new InputError(`What does ${name} cost? Give --price ${name}=INPUT,OUTPUT with --max-cost.`)
  return createBudget(defined({ maxTokensPerAnswer: tokensPerAnswer, maxTokensPerDay: tokenBudget, maxCostPerDay: maxCost, price }))
}

function priceOf(options: ServeCommandOptions, modelId: string): TokenPrice | undefined {
  return priceList(options.price)(modelName(modelId))
}

/** Of `openai:gpt-4.1-mini` the part that its maker knows. */
function modelName(modelId: string): string {
  return modelId.slice(modelId.indexOf(':') + 1)
}
