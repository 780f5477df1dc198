import type { ErrorInfo } from '../../types/chunk.ts'
import type { Completion } from '../../types/completion.ts'
import type { BatchQuestion } from '../../types/question.ts'

/** Finds out that no further row would fare better: see `createRefusals`. */
export interface Refusals {
  /** Looks at a row that has ended; the error that ends the run, once there is one. */
  take(question: BatchQuestion, completion: Completion): ErrorInfo | undefined
}

/** In a row, with no answer in between: one may be odd, and three are enough to pay for. */
const enough = 3
/** What a key, a model or an account is refused for. */
const codes: ReadonlySet<string> = new Set(['unauthorized', 'forbidden', 'not-found', 'quota-exceeded'])
/** The same as the status of the last of several models. */
const statuses: ReadonlySet<number | undefined> = new Set([401, 403, 404])

/**
 * Counts refusals that are not the row's fault: a wrong key (401), a model that is not there or not allowed (404, 403), a quota
 * that is used up. Three of them one after another, without an answer in between, would be followed by others only.
 *
 * @param severalModels The rows name different models: one that is not there says nothing of the others.
 */
export function createRefusals({ severalModels }: { readonly severalModels: boolean }): Refusals {
  let inARow = 0
  return {
    take({ request }, { error, failures = [] }) {
      if (error === undefined) inARow = 0
      else if (isRefusal(error, failures.map((failure) => failure.error)) && !(severalModels && request?.model !== undefined && isOfModel(error))) inARow++
      return inARow >= enough ? error : undefined
    },
  }
}

/** Of several models that were asked one after the other, all have to refuse. */
function isRefusal(error: ErrorInfo, before: readonly ErrorInfo[]): boolean {
  if (error.code !== 'all-models-failed') return codes.has(error.code)
  return statuses.has(error.status) && before.every(({ code }) => codes.has(code))
}

function isOfModel({ code }: ErrorInfo): boolean {
  return code !== 'unauthorized' && code !== 'quota-exceeded'
}
