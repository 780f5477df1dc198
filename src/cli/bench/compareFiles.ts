import { type ComparedStatistic, compareRuns, workloadDifferences } from '../../benchmark/compare/compareRuns.ts'
import { type Statistic, compareSamples } from '../../benchmark/compare/compareSamples.ts'
import type { RunFold } from '../../benchmark/createRunFold.ts'
import { ms } from '../../benchmark/notes.ts'
import type { TimeMetric } from '../../benchmark/metrics.ts'
import { type RunInfo, runSchema } from '../../benchmark/run.ts'
import type { LoadSummary } from '../../benchmark/summary.ts'
import { InputError } from '../../errors.ts'
import { Exit, exitCodes } from '../exit.ts'
import { note, safe } from '../print.ts'
import type { BenchOptions } from './options.ts'
import { metricNamed } from './plan.ts'
import { readFold } from './runFiles.ts'
import { rate, shortName } from './table.ts'

/** Says of two runs what differs, by how much, and how sure that is. */
export async function compareFiles(paths: readonly string[], { force, failOn = [], format, seed, maxErrorRate }: BenchOptions): Promise<void> {
  const [pathA, pathB, ...more] = paths
  if (pathA === undefined || pathB === undefined || more.length > 0) throw new InputError('Name two runs: riffle bench compare FOLDER FOLDER (before, after).')
  const limits = failOn.map(failLimit)
  const [a, b] = [await readFold(pathA), await readFold(pathB)]
  const [before, after] = [a.run, b.run]
  const differences = workloadDifferences(before, after)
  if (differences.length > 0 && !force) throw new InputError(`These runs asked different things: ${differences.join('; ')}. --force compares them all the same.`)
  const rows = compareRuns(a, b, seed)
  const totals = totalsOf(a, b)
  if (format === 'json') process.stdout.write(`${JSON.stringify({ schema: runSchema, before, after, workloadDifferences: differences, totals, rows }, null, 2)}\n`)
  else process.stdout.write(`${tableOf(rows, totals, before, after).join('\n')}\n`)
  if (differences.length > 0) note(`Different workloads: ${differences.join('; ')}.`)
  const worse = totals.filter((total) => total.after.failed / total.after.requests > Math.max(maxErrorRate, total.before.failed / total.before.requests))
  const failures = limits.flatMap((limit) => failuresOf(limit, a, b, seed))
  if (limits.length > 0) failures.push(...worse.map(({ after: { failed, requests } }) => `${failed} of ${requests} requests failed, more than --max-error-rate ${maxErrorRate}.`))
  else for (const { after: { failed, requests } } of worse) note(`${failed} of ${requests} requests failed: the times are those of the others.`)
  for (const failure of failures) note(`riffle: ${failure}`)
  if (failures.length > 0) throw new Exit(exitCodes.failed)
}

type Totals = Pick<LoadSummary, 'requests' | 'failed' | 'requestsPerSecond' | 'outputTokensPerSecond'>

interface Total {
  readonly target: number
  readonly load: number
  readonly before: Totals
  readonly after: Totals
}

/** What has no distribution, for the targets and loads that both runs have. */
function totalsOf(a: RunFold, b: RunFold): Total[] {
  return a.run.loads.flatMap((_, load) =>
    a.run.targets.flatMap((__, target) => {
      const [before, after] = [a, b].map((run) => run.resultOf(target, load)).map((result) => result && onlyTotals(result))
      return before === undefined || after === undefined ? [] : [{ target, load, before, after }]
    }),
  )
}

function onlyTotals({ requests, failed, requestsPerSecond, outputTokensPerSecond }: LoadSummary): Totals {
  return { requests, failed, requestsPerSecond, outputTokensPerSecond }
}

function tableOf(rows: readonly ComparedStatistic[], totals: readonly Total[], before: RunInfo, after: RunInfo): string[] {
  return totals.flatMap((total) => [
    titleOf(before, after, total.target, total.load),
    `  ${'metric'.padEnd(20)}${'before'.padStart(10)}${'after'.padStart(10)}${'change'.padStart(9)}   95 % interval`,
    ...rows.filter(({ target, load }) => target === total.target && load === total.load).map(lineOf),
    ...totalLines(total),
    '',
  ])
}

function totalLines({ before, after }: Total): string[] {
  const line = (name: string, a: number, b: number) => `  ${name.padEnd(20)}${rate(a).padStart(10)}${rate(b).padStart(10)}${(a > 0 ? percent(b / a - 1) : '–').padStart(9)}`
  return [
    line('requests/s', before.requestsPerSecond, after.requestsPerSecond),
    line('output tokens/s', before.outputTokensPerSecond, after.outputTokensPerSecond),
    `  ${'failed'.padEnd(20)}${`${before.failed}/${before.requests}`.padStart(10)}${`${after.failed}/${after.requests}`.padStart(10)}`,
  ]
}

function titleOf(before: RunInfo, after: RunInfo, target: number, load: number): string {
  const [nameA, nameB] = [before.targets[target]?.name ?? '', after.targets[target]?.name ?? '']
  return safe(`${nameA === nameB ? nameA : `${nameA} → ${nameB}`}, ${before.loads[load]?.name ?? ''}`)
}

function lineOf({ metric, statistic, difference }: ComparedStatistic): string {
  const name = `  ${`${shortName(metric)}.${statistic}`.padEnd(20)}`
  if (difference.verdict === 'too few') return `${name}${'–'.padStart(10)}${'–'.padStart(10)}${''.padStart(9)}   too few requests`
  const { a, b, relative, relativeInterval, verdict } = difference
  const change = relative === undefined ? '–' : percent(relative)
  return `${name}${ms(a).padStart(10)}${ms(b).padStart(10)}${change.padStart(9)}   ${intervalOf(relativeInterval)}: ${verdict}`
}

function intervalOf(interval: readonly [number, number] | undefined): string {
  return interval === undefined ? '–' : `${percent(interval[0])} to ${percent(interval[1])}`
}

function percent(share: number): string {
  return `${share >= 0 ? '+' : '−'}${Math.abs(share * 100).toFixed(1)} %`
}

interface FailLimit {
  readonly text: string
  readonly metric: TimeMetric
  readonly statistic: Statistic
  readonly share: number
}

const statistics: readonly Statistic[] = ['mean', 'p50', 'p90', 'p95', 'p99', 'p99.9']

/** `ttft.p90>+5%`. */
function failLimit(text: string): FailLimit {
  const [, name = '', statistic, amount = ''] = /^\s*([a-z]+)\.([a-z0-9.]+)\s*>\s*\+?(\d+(?:\.\d+)?)\s*%\s*$/i.exec(text) ?? []
  const known = statistics.find((candidate) => candidate === statistic)
  if (known === undefined) throw new InputError(`Expected --fail-on to be such as 'ttft.p90>+5%' (${statistics.join(', ')}), got ${JSON.stringify(text)}.`)
  return { text, metric: metricNamed(name, '--fail-on'), statistic: known, share: Number(amount) / 100 }
}

/** A change counts when it is larger than the limit and is surely one: its interval lies above 0. */
function failuresOf({ text, metric, statistic, share }: FailLimit, a: RunFold, b: RunFold, seed: number): string[] {
  const { targets, loads } = a.run
  return loads.flatMap((_, load) =>
    targets.flatMap((__, target) => {
      const where = titleOf(a.run, b.run, target, load)
      const [before, after] = [a.timesOf(target, load, metric), b.timesOf(target, load, metric)]
      const found = compareSamples(before, after, statistic, { seed })
      if (found.verdict === 'too few') return [`--fail-on ${text}: too few requests to say (${where}: ${before.length} and ${after.length}).`]
      const { relative = Infinity, relativeInterval, verdict } = found
      if (relative <= share || verdict !== 'slower') return []
      return [`--fail-on ${text} holds: ${percent(relative)}, ${intervalOf(relativeInterval)} (${where}).`]
    }),
  )
}
