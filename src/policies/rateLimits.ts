import type { CompletionRequest } from '../types/completion.ts'

/** How much of something a service still allows. */
export interface Allowance {
  readonly remaining: number
  /** Until it is full again. */
  readonly resetMs: number
  /** What comes back every millisecond until then. 0: everything at once, at the end. */
  readonly refillPerMs: number
}

/** What a service said with one response about the limits it keeps. */
export interface RateLimits {
  readonly requests?: Allowance
  readonly tokens?: Allowance
}

/** A request of somebody who wants to know the service's limits: `limited`. Models that read headers tell them. */
export interface RateLimitedRequest extends CompletionRequest {
  /** Told at most once a call, when the response begins. */
  readonly onLimits?: (limits: RateLimits) => void
}
