import type { Completion } from '../../types/completion.ts'
import type { Timings } from '../../operators/measure.ts'

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

/** Adds one question that has ended; `cost` in US dollars, undefined when a price is not known. */
export function countOutcome(counts: BatchCounts, completion: Completion, timings: Timings | undefined, cost: number | undefined): void {
  if (completion.error === undefined) counts.answered++
  else countFailure(counts, completion.error.code)
  counts.inputTokens += completion.usage?.inputTokens ?? 0
  counts.outputTokens += completion.usage?.outputTokens ?? 0
  counts.cost += cost ?? NaN
  if (timings?.waitMs === undefined) return
  if (counts.waits.length < maxWaits) counts.waits.push(timings.waitMs)
  // The place is that of the oldest, on the whole.
  else counts.waits[counts.answered % maxWaits] = timings.waitMs
}

export function countFailure(counts: BatchCounts, code: string): void {
  counts.failed++
  counts.errors.set(code, (counts.errors.get(code) ?? 0) + 1)
}
