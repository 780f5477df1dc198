import { nowNs } from '../internal/mark.ts'
import { createHistogram } from './histogram.ts'
import type { LoadInfo, SelfCheck } from './run.ts'

/** Above these the figures may be the client's own. */
const maxScheduleLagMs = 10
const maxLoopDelayMs = 20
const lookMs = 10

/** Watches the client while a load runs. */
export interface SelfWatch {
  /** A request started so long after its time. */
  late(ms: number): void
  /** @param achievedRate starts a second, over the time from the first start to the last. */
  end(achievedRate: number): SelfCheck
  /** Ends the watch without a word. */
  stop(): void
}

export function watchSelf(load: LoadInfo): SelfWatch {
  const delays = createHistogram()
  const lags = createHistogram()
  let expectedNs = nowNs() + lookMs * 1e6
  // Late by what kept the program from looking: also at what had come from the network.
  const timer = setInterval(() => {
    delays.add(Math.max(0, (nowNs() - expectedNs) / 1e6))
    expectedNs = nowNs() + lookMs * 1e6
  }, lookMs)

  return {
    late: (ms) => lags.add(ms),
    stop: () => clearInterval(timer),
    end(achievedRate) {
      clearInterval(timer)
      const loopDelayMs = spread(delays)
      const scheduleLagMs = load.kind === 'open' ? spread(lags) : undefined
      const reasons = [
        loopDelayMs.p99 > maxLoopDelayMs && `it could not look at the network for ${loopDelayMs.p99.toFixed(0)} ms at a time (p99; limit ${maxLoopDelayMs})`,
        scheduleLagMs !== undefined && scheduleLagMs.p99 > maxScheduleLagMs && `requests started ${scheduleLagMs.p99.toFixed(0)} ms late (p99; limit ${maxScheduleLagMs})`,
      ].filter((reason) => reason !== false)
      return {
        loopDelayMs,
        ...(scheduleLagMs && { scheduleLagMs }),
        ...(load.rate !== undefined && { requestedRate: load.rate }),
        achievedRate,
        ...(reasons.length > 0 && { clientLimited: `This machine was the limit: ${reasons.join(', and ')}.` }),
      }
    },
  }
}

function spread(histogram: ReturnType<typeof createHistogram>): { readonly p50: number; readonly p99: number; readonly max: number } {
  return histogram.count === 0 ? { p50: 0, p99: 0, max: 0 } : { p50: histogram.quantile(0.5), p99: histogram.quantile(0.99), max: histogram.max }
}
