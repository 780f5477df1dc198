import { InputError } from '../../errors.ts'
import type { Delay } from '../../simulator/delay.ts'

/** `50`, `uniform:20-80`, `exponential:50`, `lognormal:50,0.4`. */
export function parseDelay(flag: string, given: string): Delay {
  const number = String.raw`(\d+(?:\.\d+)?)`
  const [, constant, from, to, mean, median, sigma] =
    new RegExp(`^(?:${number}|uniform:${number}-${number}|exponential:${number}|lognormal:${number},${number})$`).exec(given) ?? []
  if (constant !== undefined) return Number(constant)
  if (mean !== undefined) return { distribution: 'exponential', meanMs: Number(mean) }
  if (median !== undefined) return { distribution: 'lognormal', medianMs: Number(median), sigma: Number(sigma) }
  if (from !== undefined && Number(from) <= Number(to)) return { distribution: 'uniform', minMs: Number(from), maxMs: Number(to) }
  throw new InputError(`Expected ${flag} to be milliseconds such as 50, uniform:20-80, exponential:50 or lognormal:50,0.4, got ${JSON.stringify(given)}.`)
}
