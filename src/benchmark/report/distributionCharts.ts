import type { LoadSummary, MetricSummary } from '../summary.ts'
import type { Chart, ChartGroup, ChartLine } from './chart.ts'
import type { Looks } from './looks.ts'
import { forChart, shortNumber } from './numbers.ts'
import { lineNote, resultName } from './resultName.ts'
import { scaleOf, type Scale } from './scale.ts'
import { splitByTarget } from './splitByTarget.ts'

const drawn = [
  { metric: 'waitMs', name: 'Wait', xLabel: 'question to first visible text' },
  { metric: 'ttftMs', name: 'TTFT', xLabel: 'request sent to first text' },
] as const
/** Steps cross each other more than curves do. */
const mostSteps = 4
const mostCurves = 6
const curvePlaces = 160

interface Curve {
  readonly name: string
  readonly place: number
  readonly result: LoadSummary
  readonly metric: MetricSummary
  /** At least two values, ascending: the first is the smallest of the sample, the last the greatest. */
  readonly values: readonly number[]
}

interface Picture {
  readonly curves: readonly Curve[]
  /** The same for all pictures of a metric, so that they can be compared. */
  readonly scale: Scale
  readonly base: Pick<Chart, 'id' | 'title' | 'xLabel' | 'description' | 'log' | 'xRange' | 'ticks' | 'xUnit' | 'yUnit'>
}

/** How `waitMs` and `ttftMs` spread: as shares in steps of time, and as shares up to a time. */
export function distributionCharts(results: readonly LoadSummary[], looks: Looks): readonly ChartGroup[] {
  return [
    {
      heading: 'Distribution', intro: 'Share of the requests in each step of time.',
      charts: inTurn(drawn.map((kind) => histograms(picturesOf(kind, results, mostSteps), looks))),
    },
    {
      heading: 'Cumulative distribution', intro: 'Share of the requests that took at most so long.',
      charts: inTurn(drawn.map((kind) => picturesOf(kind, results, mostCurves).map((picture) => cumulative(picture, looks)))),
    },
  ]
}

function picturesOf({ metric, name, xLabel }: (typeof drawn)[number], results: readonly LoadSummary[], most: number): readonly Picture[] {
  const curves = curvesOf(results, metric)
  const scale = scaleOf(curves.flatMap((curve) => [curve.values[0] ?? 0, curve.values.at(-1) ?? 0]))
  return splitByTarget(curves, most).map(({ target, items }, place) => ({
    curves: items.map((item) => (target === undefined ? item : { ...item, name: item.result.load })),
    scale,
    base: {
      id: `${metric}-${place}`,
      title: target === undefined ? name : `${name} · ${target}`,
      xLabel: `${xLabel} (ms${scale.log === 0 ? '' : ', logarithmic'})`,
      description: items.map((item) => `${resultName(item.result)}: ${inWords(item.metric)}`).join('; '),
      log: scale.log,
      xRange: [forChart(scale.low), forChart(scale.high)],
      ...(scale.ticks === undefined ? {} : { ticks: scale.ticks }),
      xUnit: ' ms',
      yUnit: ' %',
    },
  }))
}

function histograms(pictures: readonly Picture[], looks: Looks): readonly Chart[] {
  // Rice's rule for the smallest sample, so that no step holds mere chance.
  const smallest = pictures.flatMap((picture) => picture.curves).reduce((least, curve) => Math.min(least, curve.metric.n), Infinity)
  const steps = Math.min(36, Math.max(8, Math.ceil(2 * Math.cbrt(smallest))))
  const charts = pictures.map(({ curves, scale, base }): Chart => {
    const edges = scale.places(steps)
    return {
      ...base, id: `steps-${base.id}`, shape: 'steps', yLabel: 'share of requests (%)', x: edges.map(forChart),
      lines: curves.map((curve) => lineOf(curve, sharesBetween(curve, edges), looks)),
    }
  })
  const highest = charts.flatMap((chart) => chart.lines.flatMap((line) => line.values)).reduce<number>((high, value) => Math.max(high, value ?? 0), 0)
  return charts.map((chart) => ({ ...chart, top: forChart(highest * 1.08) }))
}

function cumulative({ curves, scale, base }: Picture, looks: Looks): Chart {
  const places = scale.places(curvePlaces)
  return {
    ...base, id: `curve-${base.id}`, shape: 'line', yLabel: 'requests done (%)', top: 100, x: places.map(forChart),
    lines: curves.map((curve) => lineOf(curve, sharesUpTo(curve, places), looks)),
  }
}

function sharesBetween({ values }: Curve, edges: readonly number[]): readonly number[] {
  return edges.map((edge, place) => {
    const next = edges[place + 1]
    return next === undefined ? 0 : forChart(100 * (shareUpTo(values, next) - shareUpTo(values, edge)))
  })
}

/** Only one place of 0 before a curve, and one of 100 after it: the edges would hide under a bundle of lines. */
function sharesUpTo({ values }: Curve, places: readonly number[]): ChartLine['values'] {
  const all = places.map((place) => forChart(100 * shareUpTo(values, place)))
  return all.map((share, place) => ((share === 0 && (all[place + 1] ?? 0) === 0) || (share === 100 && all[place - 1] === 100) ? null : share))
}

/** Inverse of a curve of quantiles: which share of the sample is at most `time`. */
function shareUpTo(curve: readonly number[], time: number): number {
  const above = curve.findIndex((value) => value > time)
  if (above === -1) return 1
  const below = curve[above - 1]
  const next = curve[above]
  if (below === undefined || next === undefined) return 0
  return (above - 1 + (time - below) / (next - below)) / (curve.length - 1)
}

function lineOf({ name, place, result, metric }: Curve, values: ChartLine['values'], looks: Looks): ChartLine {
  return { name, note: lineNote(result, metric.n), look: looks.ofResult(place), values }
}

function curvesOf(results: readonly LoadSummary[], name: MetricSummary['metric']): readonly Curve[] {
  return results.flatMap((result, place) => {
    const metric = result.metrics.find((candidate) => candidate.metric === name)
    const values = metric?.curve ?? []
    return metric === undefined || values.length < 2 ? [] : [{ name: resultName(result), place, result, metric, values }]
  })
}

function inWords({ percentiles, min, max }: MetricSummary): string {
  const named = Object.entries(percentiles).map(([name, value]) => `${name} ${shortNumber(value)} ms`)
  return [`from ${shortNumber(min)} ms`, ...named, `at most ${shortNumber(max)} ms`].join(', ')
}

/** The first of each list, the second of each, and so on: what belongs to one target stands side by side. */
function inTurn(lists: readonly (readonly Chart[])[]): readonly Chart[] {
  const longest = lists.reduce((length, list) => Math.max(length, list.length), 0)
  return Array.from({ length: longest }, (_, place) => lists.flatMap((list) => list[place] ?? [])).flat()
}
