import type { Completion } from '../../types/completion.ts'
import type { Timings } from '../../operators/measure.ts'
import type { PriceList } from './prices.ts'
import { costOfCompletion } from './rows.ts'

/** Where a batch stands. */
export interface BatchCounts {
  /** Questions of the input. */
  readonly total: number
  answered: number
  failed: number
  inFlight: number
  inputTokens: number
  outputTokens: number
  /** US dollars; not a number once a call had no known price. */
  cost: number
  readonly errors: Map<string, number>
  /** The latest times from question to first text, in milliseconds; at most 1,000. */
  readonly waits: number[]
}

const maxWaits = 1000

export function createCounts(total: number): BatchCounts {
  return { total, answered: 0, failed: 0, inFlight: 0, inputTokens: 0, outputTokens: 0, cost: 0, errors: new Map(), waits: [] }
}

/** Adds one question that has ended. */
export function countOutcome(counts: BatchCounts, completion: Completion, timings: Timings | undefined, prices: PriceList): void {
  counts.inFlight--
  if (completion.error === undefined) counts.answered++
  else countFailure(counts, completion.error.code)
  counts.inputTokens += completion.usage?.inputTokens ?? 0
  counts.outputTokens += completion.usage?.outputTokens ?? 0
  counts.cost += costOfCompletion(completion, prices) ?? NaN
  if (timings?.waitMs === undefined) return
  // The place is that of the oldest, on the whole.
  counts.waits[(counts.answered + counts.failed) % maxWaits] = timings.waitMs
}

export function countFailure(counts: BatchCounts, code: string): void {
  counts.failed++
  counts.errors.set(code, (counts.errors.get(code) ?? 0) + 1)
}

/** The value below which `share` of the values are; undefined without any. */
export function quantile(values: readonly number[], share: number): number | undefined {
  const sorted = values.filter((value) => value !== undefined).toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]
}
