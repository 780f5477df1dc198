import { ProviderError } from '../errors.ts'
import { isRefusal } from '../internal/isRefusal.ts'

/** What came of the parts of a request for embeddings that failed and was halved. */
export interface Halving {
  someTaken: boolean
  singlesFailed: number
}

export function createHalving(): Halving {
  return { someTaken: false, singlesFailed: 0 }
}

/**
 * Whether a part of the texts may be taken when all together were not: the server found fault with what it was sent (too much of it, or
 * one text), or broke at it with 500, as some do at a text that is too long for their model. One that breaks at everything is not asked
 * for each text.
 */
export function mayHalve(error: unknown, { someTaken, singlesFailed }: Halving): boolean {
  return isRefusal(error) || (error instanceof ProviderError && error.status === 500 && (someTaken || singlesFailed < 2))
}
