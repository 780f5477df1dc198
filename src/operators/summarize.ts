import { type OperatorFunction, defer, map, reduce } from 'rxjs'
import { distributionOf } from '../internal/quantiles.ts'
import type { PercentileName } from '../types/distribution.ts'
import type { Timings } from './measure.ts'

/** Times that a summary has a row for, in this order. */
const metrics = [
  'waitMs', 'condenseMs', 'embedMs', 'retrieveMs', 'rerankMs', 'promptMs', 'connectMs', 'ttfbMs', 'ttftMs', 'ttfoMs', 'gapMs', 'tpotMs', 'streamMs', 'latencyMs',
] as const satisfies readonly (keyof Timings)[]

/** One time over all answers that have it, in milliseconds with two decimals. `–`: too few answers to say (p50 11, p90 64, p99 662). */
export interface TimingsRow {
  readonly metric: (typeof metrics)[number]
  readonly n: number
  readonly mean: number
  readonly p50: number | '–'
  readonly p90: number | '–'
  readonly p99: number | '–'
  readonly max: number
}

export interface TimingsSummary {
  readonly rows: readonly TimingsRow[]
}

/**
 * Puts the times of many answers into one table: what `measure` gives of each.
 *
 * - Order: one summary at the end. Memory: 8 bytes for each time of each answer. Drop: nothing is emitted. Errors: the source's.
 *
 * @example
 * timings$.pipe(summarize()).subscribe(({ rows }) => console.table(rows))
 */
export function summarize(): OperatorFunction<Timings, TimingsSummary> {
  return (timings) =>
    defer(() => timings.pipe(reduce(addTimes, new Map<TimingsRow['metric'], number[]>(metrics.map((metric) => [metric, []]))))).pipe(
      map((columns) => ({ rows: [...columns].filter(([, values]) => values.length > 0).map(([metric, values]) => rowOf(metric, values)) })),
    )
}

function addTimes(columns: Map<TimingsRow['metric'], number[]>, times: Timings): Map<TimingsRow['metric'], number[]> {
  for (const metric of metrics) {
    const value = times[metric]
    if (value !== undefined) columns.get(metric)?.push(value)
  }
  return columns
}

function rowOf(metric: TimingsRow['metric'], values: readonly number[]): TimingsRow {
  const { n, mean, max, percentiles } = distributionOf(Float64Array.from(values))
  const shown = (name: PercentileName) => {
    const value = percentiles[name]
    return value === undefined ? '–' : rounded(value)
  }
  return { metric, n, mean: rounded(mean), p50: shown('p50'), p90: shown('p90'), p99: shown('p99'), max: rounded(max) }
}

function rounded(ms: number): number {
  return Math.round(ms * 100) / 100
}
