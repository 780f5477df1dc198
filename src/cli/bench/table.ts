import { percentileFloors } from '../../internal/quantiles.ts'
import { ms } from '../../benchmark/notes.ts'
import { type TimeMetric, timeMetrics } from '../../benchmark/metrics.ts'
import type { LoadSummary, RunSummary } from '../../benchmark/summary.ts'
import type { Distribution, PercentileName } from '../../types/distribution.ts'
import { safe } from '../print.ts'
import { count } from '../progress.ts'

/** In a terminal of 80 columns: name, n and four figures. */
const nameWidth = 18
const columnWidth = 10
const shownPercentiles: readonly PercentileName[] = ['p50', 'p90', 'p99']

/** The summary for people, line by line. */
export function summaryLines({ run, results, notes }: RunSummary): string[] {
  return [
    ...results.flatMap((result) => [...resultLines(result), '']),
    ...(run.targets.length > 1 ? [...sideBySide(results), ''] : []),
    ...notes.map((text) => `Note: ${safe(text)}`),
  ]
}

function resultLines(result: LoadSummary): string[] {
  const rows = timeMetrics.flatMap((metric) => {
    const found = result.metrics.find((summary) => summary.metric === metric)
    return found === undefined ? [] : [row(shortName(metric), found)]
  })
  const { requests, failed, seconds, requestsPerSecond, outputTokensPerSecond, goodput, tokensFrom } = result
  return [
    `${safe(result.target)}, ${result.load}`,
    `  ${count(requests, 'request')}${failed > 0 ? `, ${count(failed)} failed` : ''} in ${seconds.toFixed(1)} s · ${rate(requestsPerSecond)} requests/s · ${rate(outputTokensPerSecond)} output tokens/s (${tokensFrom})`,
    ...(goodput === undefined ? [] : [`  goodput ${rate(goodput.perSecond)} requests/s: ${(goodput.share * 100).toFixed(1)} % of all kept every limit`]),
    ...result.errors.map(({ code, count: times, first }) => `  ${count(times)} × ${code}: ${safe(first)}`.slice(0, 200)),
    ['  ', ''.padEnd(nameWidth), 'n'.padStart(8), ...[...shownPercentiles, 'mean'].map((name) => name.padStart(columnWidth))].join(''),
    ...rows,
    ...(result.gaps.n > 0 ? [row('gaps, all', result.gaps), row('ITL, all tokens', result.itl)] : []),
    ...needsLine(result),
  ]
}

function row(name: string, distribution: Distribution): string {
  const cells = shownPercentiles.map((percentile) => valueOf(distribution, percentile))
  return ['  ', name.padEnd(nameWidth), count(distribution.n).padStart(8), ...[...cells, ms(distribution.mean)].map((cell) => cell.padStart(columnWidth))].join('')
}

function valueOf({ percentiles }: Distribution, name: PercentileName): string {
  const value = percentiles[name]
  return value === undefined ? '–' : ms(value)
}

/** Why there is a dash. */
function needsLine({ metrics }: LoadSummary): string[] {
  const missing = metrics.find(({ metric }) => metric === 'latencyMs')?.missing ?? {}
  const needs = shownPercentiles.flatMap((name) => (missing[name] === undefined ? [] : [`${name} needs ${count(missing[name])} more (${count(percentileFloors[name])})`]))
  return needs.length === 0 ? [] : [`  –: too few requests to say; ${needs.join(', ')}`]
}

/** What people compare, a line a target. */
function sideBySide(results: readonly LoadSummary[]): string[] {
  const width = Math.min(38, Math.max(...results.map((result) => title(result).length)))
  const header = ['', 'wait p50', 'wait p90', 'total p50', 'total p90']
  const line = (name: string, cells: readonly string[]) => `  ${name.slice(0, width).padEnd(width)}${cells.map((cell) => cell.padStart(10)).join('')}`
  const figure = (result: LoadSummary, metric: TimeMetric, percentile: PercentileName) => {
    const found = result.metrics.find((summary) => summary.metric === metric)
    return found === undefined ? '–' : valueOf(found, percentile)
  }
  return [
    'Side by side: until there is something to read, and until all is there',
    line('', header.slice(1)),
    ...results.map((result) =>
      line(title(result), [figure(result, 'waitMs', 'p50'), figure(result, 'waitMs', 'p90'), figure(result, 'latencyMs', 'p50'), figure(result, 'latencyMs', 'p90')]),
    ),
  ]
}

function title({ target, load }: LoadSummary): string {
  return safe(`${target}, ${load}`)
}

/** `ttft` of `ttftMs`: as `--slo` takes it. */
export function shortName(metric: TimeMetric): string {
  return metric.slice(0, -2)
}

export function rate(perSecond: number): string {
  return perSecond >= 100 ? count(perSecond) : perSecond.toFixed(perSecond >= 10 ? 1 : 2)
}
