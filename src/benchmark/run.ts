import type { ErrorInfo } from '../types/chunk.ts'
import type { HistogramData } from './histogram.ts'
import type { TimeMetric } from './metrics.ts'

/** Of the files of a run and of its summary; another number when a field changes its meaning. */
export const runSchema = 'riffle-bench/1'

export interface TargetInfo {
  readonly name: string
  readonly kind: 'endpoint' | 'pipeline'
  readonly model: string
  /** Without anything secret. */
  readonly baseUrl?: string
  readonly streaming: boolean
}

export interface LoadInfo {
  /** `8 at once`, `20 a second`. */
  readonly name: string
  /** `closed`: so many requests at any time. `open`: requests begin at their time, whatever became of those before. */
  readonly kind: 'closed' | 'open'
  /** Of an open load: above so many at once, requests wait. */
  readonly concurrency?: number
  /** Requests a second. */
  readonly rate?: number
  readonly arrivals?: 'constant' | 'poisson'
}

/** What was asked: two runs of the same workload may be compared. */
export interface Workload {
  readonly prompts: 'synthetic' | 'questions'
  /** Of all prompts, in order. */
  readonly promptHash: string
  readonly inputTokens?: number
  readonly maxOutputTokens?: number
  readonly temperature?: number
  /** Of each target and load. */
  readonly requests?: number
  readonly seconds?: number
  readonly warmUp: number
  readonly seed: number
  /** What else the answers depend on, by the options that people know it by. */
  readonly settings: Readonly<Record<string, string | number | boolean>>
}

export interface SloLimit {
  readonly metric: TimeMetric
  readonly belowMs: number
}

/** The first line of a run's file. */
export interface RunInfo {
  readonly type: 'run'
  readonly schema: typeof runSchema
  /** ISO 8601. */
  readonly startedAt: string
  readonly riffle: string
  readonly machine: { readonly cpu: string; readonly cores: number; readonly memoryMiB: number; readonly node: string; readonly system: string }
  readonly targets: readonly TargetInfo[]
  readonly loads: readonly LoadInfo[]
  readonly workload: Workload
  readonly slo: readonly SloLimit[]
}

/** One request: a line of a run's file. */
export interface RequestSample {
  readonly type: 'request'
  /** Places in `targets` and `loads`. */
  readonly target: number
  readonly load: number
  readonly number: number
  /** Milliseconds since its load began. */
  readonly startedMs: number
  readonly endedMs: number
  /** Only of requests without error. */
  readonly times: Readonly<Partial<Record<TimeMetric, number>>>
  readonly chunks: number
  readonly inputTokens?: number
  readonly outputTokens?: number
  /** `chunks`: nobody counted, so each chunk counts as one. */
  readonly tokensFrom?: 'server' | 'counted' | 'estimated' | 'chunks'
  /** Gaps of more than a second. */
  readonly stalls: number
  readonly finishReason?: string
  readonly error?: ErrorInfo
}

/** What the client saw of itself while a load ran. */
export interface SelfCheck {
  /** Lateness of a timer: how long the program could not look at what had come. */
  readonly loopDelayMs: { readonly p50: number; readonly p99: number; readonly max: number }
  /** Of an open load: start after schedule. */
  readonly scheduleLagMs?: { readonly p50: number; readonly p99: number; readonly max: number }
  readonly requestedRate?: number
  /** Starts a second at one target, from the first start to the last; 0 below two. */
  readonly achievedRate: number
  /** Why the figures may be the client's own; absent: they are not. */
  readonly clientLimited?: string
}

/** The end of one load against one target: a line of a run's file. */
export interface LoadEnd {
  readonly type: 'load'
  readonly target: number
  readonly load: number
  /** From the first start to the last end. */
  readonly seconds: number
  /** Gaps between the chunks of all answers, and the same for each token. */
  readonly gaps: HistogramData
  readonly itl: HistogramData
  readonly self: SelfCheck
}

export type RunLine = RunInfo | RequestSample | LoadEnd
