import { writeFileSync } from 'node:fs'
import { type MetricDifference, compareEvaluations } from '../../evaluation/compareEvaluations.ts'
import { type Evaluation, type Run, evaluateRun } from '../../evaluation/evaluateRun.ts'
import { type RunEntry, maxDepth, metricNames } from '../../evaluation/metrics.ts'
import { readQrels, readTrecRun } from '../../evaluation/trecFiles.ts'
import { InputError } from '../../errors.ts'
import { describeFileError } from '../../internal/describeFileError.ts'
import { checkOptions } from '../checkOptions.ts'
import { indexName } from '../openIndex.ts'
import { openStore } from '../openStore.ts'
import type { DataOptions } from '../options.ts'
import { note, safe } from '../print.ts'
import { count } from '../progress.ts'
import { type RankOptions, checkRanking } from '../rankOptions.ts'
import { searchQueries } from '../search/trecRun.ts'

export interface EvalOptions extends DataOptions, Pick<RankOptions, 'rerank' | 'candidates'> {
  readonly qrels: string
  readonly queries?: string | undefined
  readonly run?: readonly string[] | undefined
  readonly perQuery?: string | undefined
  readonly format: 'text' | 'json'
}

interface Evaluated {
  readonly name: string
  readonly evaluation: Evaluation
}

/** How good a ranking is by judgements of people; of two, also whether they differ. */
export async function evaluate(options: EvalOptions): Promise<void> {
  checkOptions(options)
  checkRanking(options, 1)
  const { qrels: path, run: paths = [], format, perQuery, quiet } = options
  const asked = options.data !== undefined || options.index !== undefined
  if (asked !== (options.queries !== undefined)) throw new InputError('Searching needs both documents (--data or --index) and --queries FILE; a ranking that is there is --run FILE.')
  if (!asked && options.rerank !== undefined) throw new InputError('--rerank is for what is searched for: --index FILE with --queries FILE.')
  if (paths.length + (asked ? 1 : 0) === 0) throw new InputError('Name what to judge: --run FILE, or --index FILE with --queries FILE.')
  if (paths.length + (asked ? 1 : 0) > 2) throw new InputError('Two rankings can be compared, not more.')
  const qrels = await readQrels(path)
  const results: Evaluated[] = []
  for (const run of paths) results.push({ name: run, evaluation: evaluateRun(await readTrecRun(run), qrels) })
  if (asked) results.push({ name: options.index === undefined ? (options.data?.join(', ') ?? '') : indexName(options.index), evaluation: evaluateRun(await searched(options), qrels) })
  const [a, b] = results
  const differences = a === undefined || b === undefined ? [] : compareEvaluations(a.evaluation, b.evaluation)
  if (perQuery !== undefined) writePerQuery(perQuery, results)
  process.stdout.write(format === 'json' ? `${JSON.stringify(asJson(results, differences), null, 2)}\n` : `${tableOf(results, differences).join('\n')}\n`)
  if (!quiet) for (const { name, evaluation } of results) tellOdd(name, evaluation)
}

async function searched(options: EvalOptions): Promise<Run> {
  const found = await openStore(options)
  const run = new Map<string, readonly RunEntry[]>()
  try {
    for await (const { id, entries } of searchQueries(options.queries ?? '', found, maxDepth, options)) run.set(id, entries)
  } finally {
    found.store.close()
  }
  return run
}

const nameWidth = 28
const columnWidth = 12

function tableOf(results: readonly Evaluated[], differences: readonly MetricDifference[]): string[] {
  const row = (name: string, cells: readonly string[]) => name.slice(-nameWidth).padEnd(nameWidth) + cells.map((cell) => cell.padStart(columnWidth)).join('')
  return [
    row('', metricNames),
    ...results.map(({ name, evaluation }) => row(safe(name), metricNames.map((metric) => evaluation.means[metric].toFixed(4)))),
    ...(differences.length === 0
      ? []
      : [
          row('difference', differences.map(({ difference }) => `${difference >= 0 ? '+' : '−'}${Math.abs(difference).toFixed(4)}`)),
          row('p, by chance alone', differences.map(({ p }) => (p < 0.0001 ? '<0.0001' : p.toFixed(4)))),
          row('queries better, worse, same', differences.map(({ better, worse, equal }) => `${better}/${worse}/${equal}`)),
        ]),
    `${count(results[0]?.evaluation.queries.size ?? 0)} queries`,
  ]
}

function tellOdd(name: string, { missing, unjudged }: Evaluation): void {
  if (missing > 0) note(`${safe(name)}: nothing was found for ${count(missing)} of the queries; they count as 0.`)
  if (unjudged > 0) note(`${safe(name)}: ${count(unjudged)} of its queries have no relevant document and do not count.`)
}

function asJson(results: readonly Evaluated[], differences: readonly MetricDifference[]): object {
  return {
    results: results.map(({ name, evaluation: { means, queries, missing, unjudged } }) => ({ name, queries: queries.size, missing, unjudged, ...means })),
    ...(differences.length > 0 && { differences }),
  }
}

function writePerQuery(path: string, results: readonly Evaluated[]): void {
  const lines = results.flatMap(({ name, evaluation }) => [...evaluation.queries].map(([query, metrics]) => `${JSON.stringify({ name, query, ...metrics })}\n`))
  try {
    writeFileSync(path, lines.join(''))
  } catch (error) {
    throw new InputError(`Cannot write ${path}: ${describeFileError(error)}`, { cause: error })
  }
}
