/** What a server allows, counted over a sliding window. */
export interface SimulatorLimits {
  readonly requestsPerMinute?: number
  /** Tokens of prompt and answer together. A script knows both beforehand. */
  readonly tokensPerMinute?: number
  /** What counts as a minute, so that tests need not wait for one. Default 60,000. */
  readonly windowMs?: number
}

export interface Admission {
  readonly allowed: boolean
  /** `x-ratelimit-…`, and when to come back. */
  readonly headers: Readonly<Record<string, string>>
  /** Why not. */
  readonly reason?: string
}

export interface RateWindow {
  /** @param now of `performance.now()`; never earlier than the time before. */
  admit(tokens: number, now?: number): Admission
}

interface Entry {
  readonly at: number
  readonly requests: number
  readonly tokens: number
}

type Unit = 'requests' | 'tokens'

/**
 * Lets through so much that no window of time has more than the limits in it. What was refused counts for nothing.
 * Memory: an entry for each request of the last window.
 */
export function createRateWindow({ requestsPerMinute, tokensPerMinute, windowMs = 60_000 }: SimulatorLimits): RateWindow {
  const given: readonly (readonly [Unit, number | undefined])[] = [['requests', requestsPerMinute], ['tokens', tokensPerMinute]]
  const limits = given.filter((limit): limit is [Unit, number] => limit[1] !== undefined)
  const entries: Entry[] = []
  const used = { requests: 0, tokens: 0 }

  const count = (entry: Entry, sign: 1 | -1) => {
    used.requests += sign * entry.requests
    used.tokens += sign * entry.tokens
  }
  const forget = (before: number) => {
    const kept = entries.findIndex(({ at }) => at > before)
    for (const entry of entries.splice(0, kept === -1 ? entries.length : kept)) count(entry, -1)
  }
  const stateHeaders = (now: number) => {
    const resetMs = Math.max(0, (entries.at(-1)?.at ?? now - windowMs) + windowMs - now)
    return Object.fromEntries(limits.flatMap(([unit, limit]) => [
      [`x-ratelimit-limit-${unit}`, String(limit)],
      [`x-ratelimit-remaining-${unit}`, String(limit - used[unit])],
      [`x-ratelimit-reset-${unit}`, durationText(resetMs)],
    ]))
  }
  /** Until so much of the oldest has left the window. */
  const waitMs = (unit: Unit, excess: number, now: number) => {
    let freed = 0
    const last = entries.find((entry) => (freed += entry[unit]) >= excess)
    return (last?.at ?? now) + windowMs - now
  }

  return {
    admit(tokens, now = performance.now()) {
      forget(now - windowMs)
      const asked: Entry = { at: now, requests: 1, tokens: Math.max(1, tokens) }
      const short = limits.filter(([unit, limit]) => used[unit] + asked[unit] > limit)
      if (short.length === 0) {
        entries.push(asked)
        count(asked, 1)
        return { allowed: true, headers: stateHeaders(now) }
      }
      const refuse = ([unit, limit]: [Unit, number], what: string, then = '', more: Readonly<Record<string, string>> = {}): Admission => {
        const reason = `${what} for ${unit} per minute. Limit ${limit}, used ${used[unit]}, requested ${asked[unit]}.${then}`
        return { allowed: false, headers: { ...stateHeaders(now), ...more }, reason }
      }
      const tooLarge = short.find(([unit, limit]) => asked[unit] > limit)
      if (tooLarge) return refuse(tooLarge, 'Request too large')
      const waits = short.map(([unit, limit]) => waitMs(unit, used[unit] + asked[unit] - limit, now))
      const retryMs = Math.ceil(Math.max(...waits))
      const headers = { 'retry-after-ms': String(retryMs), 'retry-after': String(Math.ceil(retryMs / 1000)) }
      return refuse(short[0]!, 'Rate limit reached', ` Please try again in ${durationText(retryMs)}.`, headers)
    },
  }
}

/** As OpenAI's service writes it: `6m0s`, `1.5s`, `17ms`. */
function durationText(milliseconds: number): string {
  const whole = Math.ceil(milliseconds)
  if (whole < 1000) return `${whole}ms`
  const minutes = Math.floor(whole / 60_000)
  return `${minutes > 0 ? `${minutes}m` : ''}${(whole % 60_000) / 1000}s`
}
