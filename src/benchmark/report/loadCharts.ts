import type { PercentileName } from '../../types/distribution.ts'
import type { TimeMetric } from '../metrics.ts'
import type { LoadInfo } from '../run.ts'
import type { LoadSummary, RunSummary } from '../summary.ts'
import type { Chart, ChartGroup, ChartLine } from './chart.ts'
import type { Looks } from './looks.ts'
import { forChart, shortNumber } from './numbers.ts'

const drawn = [{ metric: 'waitMs', name: 'Wait' }, { metric: 'ttftMs', name: 'TTFT' }] as const
const percentiles: readonly PercentileName[] = ['p50', 'p90']

interface Level {
  readonly name: string
  readonly size: number
}

/** `waitMs` and `ttftMs` against concurrency, and against rate; nothing where a run has fewer than two levels of it. */
export function loadCharts({ run, results }: RunSummary, looks: Looks): readonly ChartGroup[] {
  const charts = [
    ...chartsOf('concurrency', levelsOf(run.loads, 'closed'), results, looks),
    ...chartsOf('rate', levelsOf(run.loads, 'open'), results, looks),
  ]
  return charts.length === 0
    ? []
    : [{ heading: 'Latency against load', intro: 'p50 and p90 of each target. A percentile that its sample does not support has no dot.', charts }]
}

function levelsOf(loads: readonly LoadInfo[], kind: LoadInfo['kind']): readonly Level[] {
  return loads
    .flatMap((load) => {
      const size = kind === 'closed' ? load.concurrency : load.rate
      return load.kind === kind && size !== undefined && size > 0 ? [{ name: load.name, size }] : []
    })
    .toSorted((one, other) => one.size - other.size)
    .filter((level, place, all) => level.size !== all[place - 1]?.size)
}

function chartsOf(kind: 'concurrency' | 'rate', levels: readonly Level[], results: readonly LoadSummary[], looks: Looks): readonly Chart[] {
  const [first, last] = [levels[0], levels.at(-1)]
  if (levels.length < 2 || first === undefined || last === undefined) return []
  const targets = Array.from(new Set(results.map((result) => result.target)))
  const log = last.size / first.size >= 8 ? 2 : 0
  const margin = (last.size - first.size) * 0.06
  return drawn.flatMap(({ metric, name }): Chart[] => {
    const lines = targets.flatMap((target) => percentiles.map((percentile, dash): ChartLine => ({
      name: `${target} · ${percentile}`,
      note: '',
      look: looks.ofTarget(target, dash),
      values: levels.map((level) => valueAt(results, target, level, metric, percentile)),
    }))).filter((line) => line.values.some((value) => value !== null))
    if (lines.length === 0) return []
    return [{
      id: `load-${kind}-${metric}`,
      title: `${name} against ${kind}`,
      xLabel: kind === 'concurrency' ? 'requests at once' : 'requests a second',
      yLabel: `${name === 'Wait' ? 'wait' : name} (ms)`,
      description: lines.map((line) => inWords(line, levels)).join('; '),
      log,
      x: levels.map((level) => level.size),
      xRange: log === 0 ? [Math.max(0, first.size - margin), last.size + margin] : [first.size / 1.25, last.size * 1.25],
      ticks: levels.map((level) => level.size),
      shape: 'dots',
      xUnit: kind === 'concurrency' ? ' at once' : ' a second',
      yUnit: ' ms',
      lines,
    }]
  })
}

function valueAt(results: readonly LoadSummary[], target: string, level: Level, metric: TimeMetric, percentile: PercentileName): number | null {
  const found = results.find((result) => result.target === target && result.load === level.name)
  const value = found?.metrics.find((candidate) => candidate.metric === metric)?.percentiles[percentile]
  return value === undefined ? null : forChart(value)
}

function inWords({ name, values }: ChartLine, levels: readonly Level[]): string {
  const all = levels.map((level, place) => `${values[place] == null ? 'not supported' : `${shortNumber(values[place])} ms`} at ${level.name}`)
  return `${name}: ${all.join(', ')}`
}
