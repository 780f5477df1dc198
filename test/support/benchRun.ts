import { type LoadEnd, type RequestSample, type RunInfo, runSchema } from '../../src/benchmark/run.ts'
import { createHistogram } from '../../src/benchmark/histogram.ts'

/** The first line of an invented run: one target, one load. */
export function runInfo(changes: Partial<RunInfo> = {}): RunInfo {
  return {
    type: 'run',
    schema: runSchema,
    startedAt: '2026-11-25T12:00:00.000Z',
    riffle: '0.0.0',
    machine: { cpu: 'a processor', cores: 2, memoryMiB: 4096, node: '24.0.0', system: 'linux x64' },
    targets: [{ name: 'm', kind: 'endpoint', model: 'm', streaming: true }],
    loads: [{ name: '1 at once', kind: 'closed', concurrency: 1 }],
    workload: { prompts: 'synthetic', promptHash: 'abc', inputTokens: 10, requests: 1, warmUp: 1, seed: 1, settings: {} },
    slo: [],
    ...changes,
  }
}

export function requestSample(times: RequestSample['times'], changes: Partial<RequestSample> = {}): RequestSample {
  return { type: 'request', target: 0, load: 0, number: 0, startedMs: 0, endedMs: 1000, times, chunks: 2, outputTokens: 2, tokensFrom: 'server', stalls: 0, ...changes }
}

export function loadEnd(changes: Partial<LoadEnd> = {}): LoadEnd {
  const empty = createHistogram().data()
  return { type: 'load', target: 0, load: 0, seconds: 1, gaps: empty, itl: empty, self: { loopDelayMs: { p50: 0, p99: 0, max: 0 }, achievedRate: 1 }, ...changes }
}
