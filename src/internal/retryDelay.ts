import { ProviderError, RagError } from '../errors.ts'
import { longestTimerMs } from './longestTimerMs.ts'

export interface BackOff {
  readonly baseDelayMs: number
  readonly maxDelayMs: number
  readonly maxRetryAfterMs: number
  readonly random: () => number
}

/**
 * How long to wait before the next attempt; undefined when there shall be none.
 *
 * Full jitter, between nothing and a bound that doubles: clients that failed together do not come back together. For the same
 * reason up to a quarter is added to what the server asked for; it is never less than that.
 */
export function retryDelay(error: unknown, failures: number, { baseDelayMs, maxDelayMs, maxRetryAfterMs, random }: BackOff): number | undefined {
  if (!(error instanceof RagError) || !error.retryable) return undefined
  const asked = error instanceof ProviderError ? error.retryAfterMs : undefined
  if (asked !== undefined && asked > maxRetryAfterMs) return undefined
  // 2 ** 30 is enough to reach any bound, and never infinite: that times 0 is no number.
  const bound = Math.min(maxDelayMs, baseDelayMs * 2 ** Math.min(failures - 1, 30))
  const delay = asked === undefined ? random() * bound : asked + random() * Math.min(bound, asked / 4)
  return Math.min(delay, longestTimerMs)
}
