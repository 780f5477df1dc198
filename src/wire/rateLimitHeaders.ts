import type { Allowance, RateLimits } from '../policies/rateLimits.ts'

/**
 * What the headers of a response say of the service's limits; undefined when they say nothing.
 *
 * Read are `x-ratelimit-{limit,remaining,reset}-{requests,tokens}` with durations such as `6m0s`, which refill steadily, and
 * `ratelimit-{remaining,reset}` or `x-ratelimit-{remaining,reset}` of requests, with seconds or a point in time, which
 * start anew. What cannot be understood is passed over: a guess would hold the queue for nothing.
 */
export function readRateLimits(headers: Readonly<Record<string, string>>, now: number = Date.now()): RateLimits | undefined {
  const requests = steadyAllowance(headers, ofRequests) ?? windowAllowance(headers, now)
  const tokens = steadyAllowance(headers, ofTokens)
  if (!requests && !tokens) return undefined
  return { ...(requests && { requests }), ...(tokens && { tokens }) }
}

/** Names of headers. */
interface SteadyNames {
  readonly limit: string
  readonly remaining: string
  readonly reset: string
}
type WindowNames = Omit<SteadyNames, 'limit'>

const ofRequests: SteadyNames = { limit: 'x-ratelimit-limit-requests', remaining: 'x-ratelimit-remaining-requests', reset: 'x-ratelimit-reset-requests' }
const ofTokens: SteadyNames = { limit: 'x-ratelimit-limit-tokens', remaining: 'x-ratelimit-remaining-tokens', reset: 'x-ratelimit-reset-tokens' }
const ofWindows: readonly WindowNames[] = [
  { remaining: 'ratelimit-remaining', reset: 'ratelimit-reset' },
  { remaining: 'x-ratelimit-remaining', reset: 'x-ratelimit-reset' },
]

function steadyAllowance(headers: Readonly<Record<string, string>>, names: SteadyNames): Allowance | undefined {
  const remaining = countIn(headers[names.remaining])
  const resetMs = durationIn(headers[names.reset])
  if (remaining === undefined || resetMs === undefined) return undefined
  const limit = countIn(headers[names.limit]) ?? remaining
  return { remaining, resetMs, refillPerMs: resetMs > 0 ? Math.max(0, limit - remaining) / resetMs : 0 }
}

function windowAllowance(headers: Readonly<Record<string, string>>, now: number): Allowance | undefined {
  for (const names of ofWindows) {
    const remaining = countIn(headers[names.remaining])
    const reset = countIn(headers[names.reset])
    if (remaining !== undefined && reset !== undefined) return { remaining, resetMs: untilReset(reset, now), refillPerMs: 0 }
  }
  return undefined
}

/** Seconds from now, or a point in time in seconds or in milliseconds since 1970: told apart by size. */
function untilReset(reset: number, now: number): number {
  if (reset > 1e11) return Math.max(0, reset - now)
  if (reset > 1e9) return Math.max(0, reset * 1000 - now)
  return reset * 1000
}

function countIn(value: string | undefined): number | undefined {
  return value !== undefined && /^\s*\d{1,15}(\.\d{1,9})?\s*$/.test(value) ? Number(value) : undefined
}

const unitMs: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1, us: 0.001, 'µs': 0.001, ns: 0.000_001 }

/** `1h2m3.5s`, `17ms`; a bare number is seconds. */
function durationIn(value: string | undefined): number | undefined {
  if (value === undefined || value.length > 64) return undefined
  const seconds = countIn(value)
  if (seconds !== undefined) return seconds * 1000
  if (!/^\s*(\d+(\.\d+)?(d|h|ms|m|s|us|µs|ns))+\s*$/.test(value)) return undefined
  const parts = value.matchAll(/(\d+(?:\.\d+)?)(d|h|ms|m|s|us|µs|ns)/g)
  return [...parts].reduce((sum, [, amount, unit = 's']) => sum + Number(amount) * (unitMs[unit] ?? 0), 0)
}
