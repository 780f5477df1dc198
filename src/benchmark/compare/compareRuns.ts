import { type NumberList, createNumberList } from '../numberList.ts'
import type { PercentileName } from '../../types/distribution.ts'
import type { TimeMetric } from '../metrics.ts'
import type { RequestSample, RunInfo, RunLine } from '../run.ts'
import { type SampleDifference, type Statistic, type TooFewSamples, compareSamples } from './compareSamples.ts'

/** The times of a run, by target and load. */
export interface RunTimes {
  readonly info: RunInfo | undefined
  take(line: RunLine): void
  /** Ascending; empty when there are none. */
  timesOf(target: number, load: number, metric: TimeMetric): Float64Array
  totalsOf(target: number, load: number): RunTotals
}

export interface RunTotals {
  readonly requests: number
  readonly failed: number
  /** Of those that succeeded, from the first start to the last end. */
  readonly requestsPerSecond: number
  readonly outputTokensPerSecond: number
}

export function createRunTimes(): RunTimes {
  const lists = new Map<string, NumberList>()
  let info: RunInfo | undefined
  const totals = new Map<string, { requests: number; failed: number; tokens: number; firstMs: number; lastMs: number }>()
  const count = (sample: RequestSample) => {
    const key = keyOf(sample, '')
    const total = totals.get(key) ?? { requests: 0, failed: 0, tokens: 0, firstMs: Infinity, lastMs: 0 }
    total.requests++
    if (sample.error === undefined) total.tokens += sample.outputTokens ?? 0
    else total.failed++
    total.firstMs = Math.min(total.firstMs, sample.startedMs)
    total.lastMs = Math.max(total.lastMs, sample.endedMs)
    totals.set(key, total)
  }
  const keyOf = ({ target, load }: Pick<RequestSample, 'target' | 'load'>, metric: string) => `${target} ${load} ${metric}`
  return {
    get info() {
      return info
    },
    take(line) {
      if (line.type === 'run') info = line
      if (line.type !== 'request') return
      count(line)
      for (const [metric, value] of Object.entries(line.times)) {
        const key = keyOf(line, metric)
        const list = lists.get(key) ?? createNumberList()
        list.add(value)
        lists.set(key, list)
      }
    },
    totalsOf(target, load) {
      const { requests, failed, tokens, firstMs, lastMs } = totals.get(keyOf({ target, load }, '')) ?? { requests: 0, failed: 0, tokens: 0, firstMs: 0, lastMs: 0 }
      const seconds = Math.max(1e-6, (lastMs - firstMs) / 1000)
      return { requests, failed, requestsPerSecond: (requests - failed) / seconds, outputTokensPerSecond: tokens / seconds }
    },
    timesOf: (target, load, metric) => lists.get(keyOf({ target, load }, metric))?.sorted() ?? new Float64Array(),
  }
}

/** Why two runs should not be compared, a phrase each; none when the same was asked in the same way. */
export function workloadDifferences(a: RunInfo, b: RunInfo): string[] {
  const names = ['prompts', 'promptHash', 'inputTokens', 'maxOutputTokens', 'temperature'] as const
  const labels = { prompts: 'kind of prompts', promptHash: 'prompts', inputTokens: 'input tokens', maxOutputTokens: 'output tokens', temperature: 'temperature' }
  const differences = names
    .filter((name) => a.workload[name] !== b.workload[name])
    .map((name) => `${labels[name]} (${a.workload[name] ?? 'not set'}, ${b.workload[name] ?? 'not set'})`)
  for (const name of new Set([...Object.keys(a.workload.settings), ...Object.keys(b.workload.settings)])) {
    const [before, after] = [a, b].map(({ workload }) => shown(workload.settings[name]))
    if (before !== after) differences.push(`${name} (${before}, ${after})`)
  }
  const targetsOf = ({ targets }: RunInfo) => targets.map(({ kind, streaming }) => `${kind}${streaming ? '' : ', not streaming'}`).join('; ')
  if (targetsOf(a) !== targetsOf(b)) differences.push(`targets (${targetsOf(a)} | ${targetsOf(b)})`)
  const loadsOf = ({ loads }: RunInfo) => loads.map(({ name, arrivals }) => (arrivals === undefined ? name : `${name}, ${arrivals}`)).join('; ')
  if (loadsOf(a) !== loadsOf(b)) differences.push(`loads (${loadsOf(a)}, ${loadsOf(b)})`)
  return differences
}

function shown(value: string | number | boolean | undefined): string {
  const text = value === undefined ? 'not set' : String(value)
  return text.length > 40 ? `${text.slice(0, 39)}…` : text
}

export interface ComparedStatistic {
  readonly target: number
  readonly load: number
  readonly metric: TimeMetric
  readonly statistic: Statistic
  readonly difference: SampleDifference | TooFewSamples
}

export const comparedMetrics: readonly TimeMetric[] = ['waitMs', 'scheduledWaitMs', 'ttftMs', 'scheduledTtftMs', 'embedMs', 'retrieveMs', 'itlMs', 'tpotMs', 'latencyMs']
const comparedStatistics: readonly PercentileName[] = ['p50', 'p90', 'p99']

/**
 * The statistics that both runs have, for the targets and loads at the same places.
 *
 * Each interval is right for itself: of 20 rows without any difference one says that there is one.
 */
export function compareRuns(a: RunTimes, b: RunTimes, seed: number): ComparedStatistic[] {
  const { targets = [], loads = [] } = a.info ?? {}
  return loads.flatMap((_, load) =>
    targets.flatMap((__, target) =>
      comparedMetrics.flatMap((metric) => {
        const [before, after] = [a.timesOf(target, load, metric), b.timesOf(target, load, metric)]
        if (before.length === 0 || after.length === 0) return []
        return comparedStatistics.map((statistic) => ({ target, load, metric, statistic, difference: compareSamples(before, after, statistic, { seed }) }))
      }),
    ),
  )
}
