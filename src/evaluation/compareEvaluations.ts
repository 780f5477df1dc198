import { createRandom } from '../internal/random.ts'
import type { Evaluation } from './evaluateRun.ts'
import { type MetricName, metricNames } from './metrics.ts'

export interface MetricDifference {
  readonly metric: MetricName
  /** Mean of `b` less mean of `a`. */
  readonly difference: number
  /** How often chance alone gives at least this difference, two-sided. */
  readonly p: number
  /** Queries at which `b` is better, worse, and the same. */
  readonly better: number
  readonly worse: number
  readonly equal: number
}

export interface CompareOptions {
  readonly seed?: number
  /** Random assignments. Default 10,000. */
  readonly rounds?: number
}

/** Two numbers that differ by less than what adding up in another order does. */
const tiny = 1e-12

/**
 * Compares two evaluations of the same judgements, query by query, with Fisher's paired randomisation test: if the systems were the
 * same, which of the two results of a query belongs to which would be chance (Smucker, Allan, Carterette 2007).
 *
 * `p` is (1 + rounds with at least that difference) / (1 + rounds), so it is never 0.
 */
export function compareEvaluations(a: Evaluation, b: Evaluation, { seed = 1, rounds = 10_000 }: CompareOptions = {}): MetricDifference[] {
  return metricNames.map((metric) => {
    const differences = Float64Array.from([...a.queries].map(([id, metrics]) => (b.queries.get(id)?.[metric] ?? 0) - metrics[metric]))
    const sum = differences.reduce((all, difference) => all + difference, 0)
    const random = createRandom('randomisation', seed, metric)
    let asExtreme = 0
    for (let round = 0; round < rounds; round++) {
      let assigned = 0
      for (const difference of differences) assigned += random() < 0.5 ? difference : -difference
      if (Math.abs(assigned) >= Math.abs(sum) - tiny) asExtreme++
    }
    return {
      metric,
      difference: differences.length === 0 ? 0 : sum / differences.length,
      p: (asExtreme + 1) / (rounds + 1),
      better: differences.filter((difference) => difference > tiny).length,
      worse: differences.filter((difference) => difference < -tiny).length,
      equal: differences.filter((difference) => Math.abs(difference) <= tiny).length,
    }
  })
}
