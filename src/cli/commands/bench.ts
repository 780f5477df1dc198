import { cpus, totalmem } from 'node:os'
import { EMPTY, type Observable, concat, lastValueFrom, takeUntil, tap } from 'rxjs'
import { type AskTarget, runLoads } from '../../benchmark/runLoads.ts'
import { type RunInfo, type Workload, runSchema } from '../../benchmark/run.ts'
import type { RunSummary } from '../../benchmark/summary.ts'
import { createRunFold } from '../../benchmark/createRunFold.ts'
import { pullMap } from '../../sources/pullMap.ts'
import { InputError } from '../../errors.ts'
import { defined } from '../../internal/defined.ts'
import { tiktoken } from '../../models/tiktoken.ts'
import { compareFiles } from '../bench/compareFiles.ts'
import { createLiveView } from '../bench/liveView.ts'
import type { BenchOptions } from '../bench/options.ts'
import { startOwnSimulator } from '../bench/ownSimulator.ts'
import { type Plan, planOf } from '../bench/plan.ts'
import { type BenchQuestions, benchQuestions } from '../bench/questions.ts'
import { type RunWriter, readSummary, refuseOldRun, writeReport, writeRun } from '../bench/runFiles.ts'
import { summaryLines } from '../bench/table.ts'
import { type BenchTarget, listOf, openTargets } from '../bench/targets.ts'
import { Exit, exitCodes } from '../exit.ts'
import { holdMemory } from '../holdMemory.ts'
import { interrupt, interruptedExit } from '../interrupt.ts'
import { createPanel } from '../panel.ts'
import { note } from '../print.ts'
import { version } from '../version.ts'

/** Measures targets under loads; `report` and `compare` look at runs that were written before. */
export async function bench(options: BenchOptions): Promise<void> {
  const [first, ...others] = options.words
  if (first === 'report') return report(others, options)
  if (first === 'compare') return compareFiles(others, options)
  if (options.words.length > 1) throw new InputError(`Expected one file of questions, got ${options.words.length}: ${options.words.join(', ')}.`)
  if (options.failOn !== undefined) throw new InputError('--fail-on is for riffle bench compare A B.')
  await measureTargets(options)
}

async function report([path, ...more]: readonly string[], { out, format, quiet }: BenchOptions): Promise<void> {
  if (path === undefined || more.length > 0) throw new InputError('Name one run: riffle bench report FOLDER, or its requests.jsonl; --out FOLDER for the files.')
  const summary = await readSummary(path)
  if (out !== undefined) await writeReport(out, summary)
  print(summary, format)
  if (out !== undefined && !quiet) note(`Written: ${out}/report.html, summary.json`)
}

async function measureTargets(options: BenchOptions): Promise<void> {
  const plan = planOf(options)
  if (options.out !== undefined && !options.force) refuseOldRun(options.out)
  holdMemory()
  if (options.simulate !== undefined && options.baseUrl !== undefined) throw new InputError('Expected either --simulate or --base-url.')
  const simulator = options.simulate === undefined ? undefined : await startOwnSimulator(options.simulate)
  const baseUrls = simulator === undefined ? listOf(options.baseUrl) : [simulator.url]
  const asked = simulator === undefined || options.model !== undefined ? options : { ...options, model: 'simulated' }
  try {
    const { targets, settings, close } = await openTargets(asked, baseUrls)
    const questions = await benchQuestions(asked, targets.some(({ info }) => info.kind === 'pipeline'))
    try {
      await run({ options: asked, plan, targets, settings, questions })
    } finally {
      close()
    }
  } finally {
    simulator?.close()
  }
}

interface Run {
  readonly options: BenchOptions
  readonly plan: Plan
  readonly targets: readonly BenchTarget[]
  readonly settings: Workload['settings']
  readonly questions: BenchQuestions
}

async function run({ options, plan, targets, settings, questions }: Run): Promise<void> {
  const { out, quiet, format, seed, maxErrorRate } = options
  const info = infoOf({ options, plan, targets, settings, questions })
  const fold = createRunFold(info)
  const view = createLiveView(info.targets, plan)
  const asks = targets.map(({ ask }) => ask)
  let writer: RunWriter | undefined
  let pressed = false
  const stop = interrupt.pipe(tap(() => (pressed = true)))
  const panel = createPanel(view, quiet)
  try {
    for (const [target, ask] of asks.entries()) await lastValueFrom(warmUp(ask, target, questions, plan.warmUp).pipe(takeUntil(stop)), { defaultValue: undefined })
    if (pressed) throw interruptedExit()
    // Only now: a run that cannot begin leaves nothing behind.
    writer = out === undefined ? undefined : writeRun(out)
    writer?.write(info)
    await lastValueFrom(
      runLoads({
        targets: asks, loads: plan.loads, question: (number, load, target) => questions.of(number, load, target), seed, stop, tokenizer: tiktoken(),
        ...defined({ requests: plan.requests, seconds: plan.seconds }),
        onStart: (load) => view.start(plan.loads[load]!),
      }).pipe(
        tap((line) => {
          fold.take(line)
          if (line.type === 'request') view.take(line)
          writer?.write(line)
        }),
      ),
      { defaultValue: undefined },
    )
  } catch (error) {
    // What was measured is worth more than the file that it could not be written to.
    panel.end()
    if (writer !== undefined) print(fold.summary(), format)
    throw error
  } finally {
    panel.end()
  }
  const summary = fold.summary()
  print(summary, format)
  await writer?.end()
  if (out !== undefined) await writeReport(out, summary)
  if (out !== undefined && !quiet) note(`Written: ${out}/report.html, summary.json, requests.jsonl`)
  if (pressed && !quiet) note('Stopped: requests that were in flight were dropped and count for nothing.')
  if (pressed) throw interruptedExit()
  const [requests, failures] = [summary.results.reduce((sum, result) => sum + result.requests, 0), summary.results.reduce((sum, result) => sum + result.failed, 0)]
  if (requests > 0 && failures / requests > maxErrorRate) {
    note(`riffle: ${((failures / requests) * 100).toFixed(1)} % of the requests failed, more than --max-error-rate ${maxErrorRate}.`)
    throw new Exit(exitCodes.failed)
  }
}

/** Opens as many connections as the loads will need, and finds what cannot work: the first failure ends the run. */
function warmUp(ask: AskTarget, target: number, questions: BenchQuestions, count: number): Observable<unknown> {
  const one = (number: number) => ask(questions.warmUp(number, target))
  const others = Array.from({ length: Math.max(0, count - 1) }, (_, index) => index + 1)
  return concat(one(0), others.length === 0 ? EMPTY : pullMap(others, one, { concurrency: Math.min(count, mostAtOnce) }))
}

const mostAtOnce = 1000

function infoOf({ options, plan, targets, settings, questions }: Run): RunInfo {
  const { prompts, inputTokens, hash } = questions
  const { maxOutputTokens, temperature, seed } = options
  return {
    type: 'run',
    schema: runSchema,
    startedAt: new Date().toISOString(),
    riffle: version,
    machine: { cpu: cpus()[0]?.model.trim() ?? 'unknown', cores: cpus().length, memoryMiB: Math.round(totalmem() / 2 ** 20), node: process.versions.node, system: `${process.platform} ${process.arch}` },
    targets: targets.map((target) => target.info),
    loads: plan.loads,
    workload: { prompts, promptHash: hash, warmUp: plan.warmUp, seed, settings, ...defined({ inputTokens, maxOutputTokens, temperature, requests: plan.requests, seconds: plan.seconds }) },
    slo: plan.slo,
  }
}

function print(summary: RunSummary, format: BenchOptions['format']): void {
  const text = format === 'json' ? `${JSON.stringify(summary, null, 2)}\n` : `${summaryLines(summary).join('\n')}\n`
  process.stdout.write(text)
}

