import type { Random } from '../internal/random.ts'

/** Milliseconds: always the same, or drawn anew for each wait. */
export type Delay =
  | number
  | { readonly distribution: 'uniform'; readonly minMs: number; readonly maxMs: number }
  /** Of independent events, such as arrivals. */
  | { readonly distribution: 'exponential'; readonly meanMs: number }
  /** Mostly near the median, sometimes much longer: `sigma` is the standard deviation of the logarithm. */
  | { readonly distribution: 'lognormal'; readonly medianMs: number; readonly sigma: number }

/** The next delay, in milliseconds. A constant draws nothing. */
export function drawDelay(delay: Delay, random: Random): number {
  if (typeof delay === 'number') return delay
  switch (delay.distribution) {
    case 'uniform':
      return delay.minMs + (delay.maxMs - delay.minMs) * random()
    case 'exponential':
      return -delay.meanMs * Math.log(1 - random())
    case 'lognormal':
      return delay.medianMs * Math.exp(delay.sigma * drawNormal(random))
  }
}

/** By Box and Muller. */
function drawNormal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}
