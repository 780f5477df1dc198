import type { Distribution } from '../types/distribution.ts'
import type { TimeMetric } from './metrics.ts'
import type { RequestSample, RunInfo, SelfCheck, runSchema } from './run.ts'

export interface MetricSummary extends Distribution {
  readonly metric: TimeMetric
  /** Of `waitMs` and `ttftMs`: values at 0, 0.5, … 100 % of the sample. */
  readonly curve?: readonly number[]
}

/** One target under one load. */
export interface LoadSummary {
  readonly target: string
  readonly load: string
  readonly requests: number
  readonly succeeded: number
  readonly failed: number
  readonly errors: readonly { readonly code: string; readonly count: number; readonly first: string }[]
  readonly seconds: number
  readonly requestsPerSecond: number
  readonly outputTokensPerSecond: number
  readonly inputTokens: number
  readonly outputTokens: number
  readonly tokensFrom: NonNullable<RequestSample['tokensFrom']>
  readonly chunks: number
  readonly stalls: number
  /** Answers that ended well without any text, reasoning or tool call. */
  readonly empty: number
  /** Requests that kept every limit of `slo`, of all that were made; a time that is not there has not kept it. */
  readonly goodput?: { readonly perSecond: number; readonly share: number }
  readonly metrics: readonly MetricSummary[]
  /** Of all gaps between chunks, and for each token. */
  readonly gaps: Distribution
  readonly itl: Distribution
  /** Share of the gaps in cells that double in width, from 0.125 ms on. */
  readonly gapCells: readonly { readonly fromMs: number; readonly toMs: number; readonly share: number }[]
  /** Means of the stages, and of the time after them, over requests that succeeded: they add up to the mean latency. */
  readonly stages: readonly { readonly metric: TimeMetric; readonly meanMs: number }[]
  readonly self: SelfCheck
}

/** What a run found: `summary.json`, and what the report shows. Its JSON schema: docs/bench.schema.json. */
export interface RunSummary {
  readonly schema: typeof runSchema
  readonly run: RunInfo
  readonly results: readonly LoadSummary[]
  /** What a reader has to know before believing a number, a sentence each. */
  readonly notes: readonly string[]
}
