import type { LoadSummary } from '../summary.ts'

export interface Part<T> {
  /** Absent: everything is in this part. */
  readonly target?: string
  readonly items: readonly T[]
}

/** More than `most` lines in one picture cannot be told apart: then each target gets its own. */
export function splitByTarget<T extends { readonly result: LoadSummary }>(items: readonly T[], most: number): readonly Part<T>[] {
  const targets = Array.from(new Set(items.map((item) => item.result.target)))
  if (items.length <= most || targets.length < 2) return items.length === 0 ? [] : [{ items }]
  return targets.map((target) => ({ target, items: items.filter((item) => item.result.target === target) }))
}
