import { InvalidOptionError } from '../errors.ts'
import { createRandom } from '../internal/random.ts'
import { requirePositiveInteger } from '../internal/requirePositiveInteger.ts'

export interface ArrivalOptions {
  /** Requests a second. */
  readonly rate: number
  /** `constant`: the same time between any two. `poisson`: as of many askers who know nothing of each other. */
  readonly arrivals: 'constant' | 'poisson'
  /** The same seed, the same times. `constant` needs none. */
  readonly seed: number
}

/**
 * When each request of an open load begins: milliseconds from 0, ascending, the first at 0.
 *
 * The load takes exactly `count / rate` seconds, the last of which is the time after the last arrival. So the times between arrivals
 * of `poisson` are drawn from the exponential distribution, one for each request, and then all are scaled by the same factor (near 1,
 * 1 / sqrt(count) off): two runs at the same rate offer the same load, whatever their seeds.
 *
 * @throws InvalidOptionError when `count` is not a positive integer, or `rate` is not a positive number.
 */
export function arrivalTimes(count: number, { rate, arrivals, seed }: ArrivalOptions): Float64Array {
  requirePositiveInteger('count', count)
  if (!(rate > 0 && rate < Infinity)) throw new InvalidOptionError(`Expected rate to be a positive number, got ${rate}`)
  if (arrivals === 'constant') return Float64Array.from({ length: count }, (_, index) => (index * 1000) / rate)

  const random = createRandom('arrivals', seed)
  const times = new Float64Array(count)
  let total = 0
  for (let index = 0; index < count; index++) {
    times[index] = total
    total -= Math.log(1 - random())
  }
  const scale = (count * 1000) / rate / total
  return times.map((time) => time * scale)
}
