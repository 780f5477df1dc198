import type { Allowance } from './rateLimits.ts'

/** What a server has left for us, as it last said; nothing is known before, and after it was to be full again. */
export interface ServerLimit {
  waitMs(amount: number, now: number): number
  spend(amount: number): void
  /** `unseen`: what we have sent since the request that the server answers; it may not have counted that yet. */
  told(allowance: Allowance, unseen: number, now: number): void
}

/** Headers with a daily limit may say "in 23 hours": asking again after this is better than a silent queue. */
const maxHoldMs = 60_000

export function createServerLimit(): ServerLimit {
  let left = Infinity
  let perMs = 0
  let toldAt = 0
  let fullAt = 0

  return {
    waitMs(amount, now) {
      if (now >= fullAt) return 0
      const missing = amount - (left + perMs * (now - toldAt))
      if (missing <= 0) return 0
      return Math.max(1, Math.ceil(Math.min(fullAt - now, missing / perMs)))
    },
    spend(amount) {
      left -= amount
    },
    told({ remaining, resetMs, refillPerMs }, unseen, now) {
      left = remaining - unseen
      perMs = refillPerMs
      toldAt = now
      fullAt = now + Math.min(resetMs, maxHoldMs)
    },
  }
}
