/** Percentiles that are printed, and from how many samples on: see `quantiles.ts`. */
export type PercentileName = 'p50' | 'p90' | 'p95' | 'p99' | 'p99.9'

export interface Distribution {
  readonly n: number
  readonly mean: number
  readonly min: number
  readonly max: number
  /** Those that the sample supports. */
  readonly percentiles: Readonly<Partial<Record<PercentileName, number>>>
  /** How many more samples the others need. */
  readonly missing: Readonly<Partial<Record<PercentileName, number>>>
}
