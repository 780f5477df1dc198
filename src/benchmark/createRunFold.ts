import { createHistogram } from './histogram.ts'
import { notesOn } from './notes.ts'
import { curveOf, distributionOf } from '../internal/quantiles.ts'
import { type TimeMetric, stageMetrics, timeMetrics } from './metrics.ts'
import { type LoadEnd, type RequestSample, type RunInfo, type RunLine, type SelfCheck, type SloLimit, runSchema } from './run.ts'
import type { LoadSummary, MetricSummary, RunSummary } from './summary.ts'
import { type NumberList, createNumberList } from './numberList.ts'

/** Adds up a run line by line. Memory: 8 bytes for each time of each request. */
export interface RunFold {
  readonly run: RunInfo
  take(line: RunLine): void
  /** What has come so far. */
  summary(): RunSummary
  /** Of one target under one load; undefined when it had no request. */
  resultOf(target: number, load: number): LoadSummary | undefined
  /** Its times, ascending; none when there are none. */
  timesOf(target: number, load: number, metric: TimeMetric): Float64Array
}

/** A percentile of each answer's own mean would hide its gaps, so gaps and token times have distributions over all answers. */
export function createRunFold(run: RunInfo): RunFold {
  const parts = run.targets.map(() => run.loads.map(() => createPart(run.slo)))
  const partOf = ({ target, load }: Pick<RequestSample, 'target' | 'load'>) => parts[target]?.[load]
  const resultOf = (target: number, load: number) => {
    const part = partOf({ target, load })
    return part === undefined || part.isEmpty() ? undefined : part.summary(run.targets[target]?.name ?? '', run.loads[load]?.name ?? '')
  }
  return {
    run,
    take(line) {
      if (line.type === 'request') partOf(line)?.take(line)
      else if (line.type === 'load') partOf(line)?.end(line)
    },
    summary() {
      const results = run.loads.flatMap((_, load) => run.targets.map((__, target) => resultOf(target, load))).filter((result) => result !== undefined)
      return { schema: runSchema, run, results, notes: notesOn(run, results) }
    },
    resultOf,
    timesOf: (target, load, metric) => partOf({ target, load })?.timesOf(metric) ?? new Float64Array(),
  }
}

const withCurve = new Set<TimeMetric>(['waitMs', 'ttftMs'])
const noSelf: SelfCheck = { loopDelayMs: { p50: 0, p99: 0, max: 0 }, achievedRate: 0 }
/** From the weakest to the strongest. */
const tokenSources = ['chunks', 'estimated', 'counted', 'server'] as const

function createPart(slo: readonly SloLimit[]) {
  const times = new Map<TimeMetric, NumberList>()
  const stageSums = new Map<TimeMetric, number>()
  const errors = new Map<string, { count: number; first: string }>()
  let [requests, failed, good, inputTokens, outputTokens, chunks, stalls, staged, empty] = [0, 0, 0, 0, 0, 0, 0, 0, 0]
  let [firstMs, lastMs] = [Infinity, 0]
  let weakest: (typeof tokenSources)[number] = 'server'
  let end: LoadEnd | undefined

  const takeStages = (sample: RequestSample['times']) => {
    if (sample.waitMs === undefined || sample.latencyMs === undefined) return
    staged++
    for (const metric of [...stageMetrics, 'streamMs'] as const) stageSums.set(metric, (stageSums.get(metric) ?? 0) + (sample[metric] ?? 0))
  }
  const takeError = (error: NonNullable<RequestSample['error']>) => {
    failed++
    const found = errors.get(error.code)
    if (found) found.count++
    else errors.set(error.code, { count: 1, first: error.message })
  }
  const metricsOf = (): MetricSummary[] =>
    timeMetrics.flatMap((metric) => {
      const values = times.get(metric)?.sorted()
      if (values === undefined) return []
      return [{ metric, ...distributionOf(values), ...(withCurve.has(metric) && { curve: curveOf(values) }) }]
    })

  return {
    isEmpty: () => requests === 0,
    timesOf: (metric: TimeMetric) => times.get(metric)?.sorted(),
    take(sample: RequestSample): void {
      requests++
      firstMs = Math.min(firstMs, sample.startedMs)
      lastMs = Math.max(lastMs, sample.endedMs)
      if (sample.error !== undefined) return takeError(sample.error)
      for (const [metric, value] of Object.entries(sample.times) as [TimeMetric, number][]) {
        const list = times.get(metric) ?? createNumberList()
        list.add(value)
        times.set(metric, list)
      }
      takeStages(sample.times)
      if (slo.every(({ metric, belowMs }) => (sample.times[metric] ?? Infinity) < belowMs)) good++
      inputTokens += sample.inputTokens ?? 0
      outputTokens += sample.outputTokens ?? 0
      chunks += sample.chunks
      stalls += sample.stalls
      if (sample.chunks === 0) empty++
      if (tokenSources.indexOf(sample.tokensFrom ?? 'chunks') < tokenSources.indexOf(weakest)) weakest = sample.tokensFrom ?? 'chunks'
    },
    end(line: LoadEnd): void {
      end = line
    },
    summary(target: string, load: string): LoadSummary {
      const seconds = end?.seconds ?? Math.max(0, (lastMs - firstMs) / 1000)
      const perSecond = (amount: number) => (seconds > 0 ? amount / seconds : 0)
      const gaps = createHistogram(end?.gaps)
      return {
        target, load, requests, failed,
        succeeded: requests - failed,
        errors: [...errors].map(([code, found]) => ({ code, ...found })).toSorted((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1)),
        seconds,
        requestsPerSecond: perSecond(requests - failed),
        outputTokensPerSecond: perSecond(outputTokens),
        inputTokens, outputTokens,
        tokensFrom: weakest,
        chunks, stalls, empty,
        ...(slo.length > 0 && { goodput: { perSecond: perSecond(good), share: requests === 0 ? 0 : good / requests } }),
        metrics: metricsOf(),
        gaps: gaps.distribution(),
        itl: createHistogram(end?.itl).distribution(),
        gapCells: cellsOf(gaps),
        stages: [...stageSums].filter(([, sum]) => sum > 0).map(([metric, sum]) => ({ metric, meanMs: sum / staged })),
        self: end?.self ?? noSelf,
      }
    },
  }
}

const firstCellMs = 0.125

/** Shares of the gaps in cells that double in width. */
function cellsOf(gaps: ReturnType<typeof createHistogram>): LoadSummary['gapCells'] {
  if (gaps.count === 0) return []
  const cells: { fromMs: number; toMs: number; share: number }[] = []
  let below = 0
  for (let [fromMs, toMs] = [0, firstCellMs]; below < 1 && fromMs <= gaps.max; [fromMs, toMs] = [toMs, toMs * 2]) {
    const upTo = gaps.shareUpTo(toMs)
    cells.push({ fromMs, toMs, share: upTo - below })
    below = upTo
  }
  return cells
}
