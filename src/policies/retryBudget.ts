import { InvalidOptionError, ProviderError } from '../errors.ts'

export interface RetryBudgetOptions {
  /** Tokens at the start, and at most. Default 500. */
  readonly capacity?: number
  /** Tokens that a retry takes. Default 14. */
  readonly cost?: number
  /** Tokens that a retry takes after the service asked for fewer requests (429). Default 5. */
  readonly throttledCost?: number
  /** Tokens that a whole answer brings, one that needed no retry. Default 1. */
  readonly refund?: number
}

/** What the retries of all requests to one service may cost together. See `createRetryBudget`. */
export interface RetryBudget {
  /** Tokens that are there. */
  readonly left: number
  /** Takes the cost of a retry after this error; false, and nothing taken, when there is not enough. */
  take(error: unknown): boolean
  /** An answer has come whole; `error`: from a retry after this error, which brings back what that retry took. */
  refund(error?: unknown): void
}

/**
 * A token bucket that several streams share: while a service fails for all, their retries do not add to its load, and
 * when it answers again the retries come back with the answers. Make one per service and give it to each `retryStream`.
 *
 * A retry that succeeds costs nothing in the end, so single failures are always got over; what uses the budget up is retries
 * that fail too. With the defaults a dead service gets 35 retries (100 when it answers 429) beside the first attempts, and in
 * the long run there is one failed retry for 14 whole answers (5): enough while fewer than one attempt in four fails.
 *
 * @throws InvalidOptionError at the call, when a number is not above 0; `refund` may be 0.
 *
 * @example
 * const budget = createRetryBudget()
 * pullMap(questions, (q) => answer(q, { store, model, attempt: pipe(timeLimits(), requireFinish(), retryStream({ budget })) }))
 */
export function createRetryBudget(options: RetryBudgetOptions = {}): RetryBudget {
  const { capacity = 500, cost = 14, throttledCost = 5, refund = 1 } = options
  for (const [name, value] of Object.entries({ capacity, cost, throttledCost })) {
    if (!(value > 0)) throw new InvalidOptionError(`Expected ${name} to be a number above 0, got ${value}`)
  }
  if (!(refund >= 0)) throw new InvalidOptionError(`Expected refund to be 0 or more, got ${refund}`)

  let left = capacity
  const priceAfter = (error: unknown) => (error instanceof ProviderError && error.status === 429 ? throttledCost : cost)
  return {
    get left() {
      return left
    },
    take(error) {
      const price = priceAfter(error)
      if (price > left) return false
      left -= price
      return true
    },
    refund(error) {
      left = Math.min(capacity, left + (error === undefined ? refund : priceAfter(error)))
    },
  }
}
