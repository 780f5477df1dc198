import { ContractError, InvalidOptionError, ProviderError, RagError } from '../errors.ts'
import { isRefusal } from '../internal/isRefusal.ts'

/** Failures that may come one after the other before the embedder itself is taken to be the reason. One request that fails is one, however many documents shared it. */
const mostInARow = 8

const saysItAll = new Set(['connect', 'unauthorized', 'forbidden', 'not-found', 'quota-exceeded', 'redirected', 'wrong-content-type'])

/** What of an embedder's failures ends a run, and what only a document. */
export interface EmbedderFailures {
  /** It embeds documents such as these, now or when they were taken in: from then on a refused text tells of itself alone. */
  works(): void
  /** Requests that fail are no longer in a row. */
  succeeded(): void
  /** The one line that is told of the document. Throws when the run cannot go on. */
  failed(error: unknown): string
}

const none = Symbol('none')

export function createEmbedderFailures(): EmbedderFailures {
  let isProven = false
  let inARow = 0
  let last: unknown = none
  return {
    works() {
      isProven = true
    },
    succeeded() {
      isProven = true
      inARow = 0
    },
    failed(error) {
      if (escapesNoDocument(error)) throw error
      const message = (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ').trim()
      if (isProven && isRefusal(error)) return message
      if (error !== last) inARow++
      last = error
      // Who shared a request is told in one turn; an embedder may also fail with one error again and again.
      queueMicrotask(() => (last = none))
      if (inARow < mostInARow) return message
      throw new RagError('embedder', `Embedding failed ${mostInARow} times in a row; the last: ${message}`, { cause: error, retryable: error instanceof RagError && error.retryable })
    },
  }
}

/** A dead server, a wrong key, an adapter that is wrong: no other document would fare better. */
function escapesNoDocument(error: unknown): boolean {
  if (error instanceof ContractError || error instanceof InvalidOptionError) return true
  return error instanceof ProviderError && saysItAll.has(error.code)
}
