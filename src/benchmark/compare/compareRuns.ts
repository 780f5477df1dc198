import type { PercentileName } from '../../types/distribution.ts'
import type { RunFold } from '../createRunFold.ts'
import type { TimeMetric } from '../metrics.ts'
import type { RunInfo } from '../run.ts'
import { type SampleDifference, type Statistic, type TooFewSamples, compareSamples } from './compareSamples.ts'

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

const comparedMetrics: readonly TimeMetric[] = ['waitMs', 'scheduledWaitMs', 'ttftMs', 'scheduledTtftMs', 'embedMs', 'retrieveMs', 'itlMs', 'tpotMs', 'latencyMs']
const comparedStatistics: readonly PercentileName[] = ['p50', 'p90', 'p99']

/**
 * The statistics that both runs have, for the targets and loads at the same places.
 *
 * Each interval is right for itself: of 20 rows without any difference one says that there is one.
 */
export function compareRuns(a: RunFold, b: RunFold, seed: number): ComparedStatistic[] {
  const { targets, loads } = a.run
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
