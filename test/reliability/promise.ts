import { RagError } from '../../src/errors.ts'
import type { Call } from './asking.ts'
import type { PolicyName } from './policies.ts'

/** What a policy owes its caller. */
export interface Promised {
  /** As `shapeOf` writes it. */
  readonly shape: string
  /** How many calls it takes. */
  readonly calls: number
  /** The error: that of a call, or one over all of them. */
  readonly error?: { readonly call: number } | { readonly code: string; readonly first: number }
}

/** A call that ended by neither finish nor error was dropped by a time limit. */
function mayPass({ error }: Call): boolean {
  return error === undefined || (error instanceof RagError && error.retryable)
}

/** A server that asks to wait for an hour is not asked again by a retry. */
function asksTooMuch({ error }: Call): boolean {
  return typeof error === 'object' && error !== null && 'retryAfterMs' in error && Number(error.retryAfterMs) > 60_000
}

/**
 * Follows the calls and says what has to come of them: the rules of the policies, written down once more and as plainly
 * as possible.
 *
 * @param more further calls that the policy may make after the first.
 */
export function promiseOf(policy: PolicyName, more: number, calls: readonly Call[]): Promised {
  const parts: string[] = []
  const promised = (end: string, count: number, error?: NonNullable<Promised['error']>): Promised => ({
    shape: [...parts, end].join(' '),
    calls: count,
    ...(error && { error }),
  })
  let text = ''
  for (let number = 0; ; number++) {
    const call = calls[number]
    if (call === undefined) throw new Error(`Expected another call, there were ${calls.length}`)
    const visible = call.kinds.includes('text')
    const begun = call.kinds.length > 0
    // What of a continuation is new is the seam's business: its text is left out here.
    parts.push(...(policy === 'continueAfterCut' && number > 0 ? [] : call.kinds))
    if (call.finished) return promised('finish', number + 1)
    const failed = (end = 'error') => promised(end, number + 1, { call: number })
    const isLast = number === more

    switch (policy) {
      case 'none':
        return call.error === undefined ? promised('…', 1) : failed()
      case 'limits':
        return failed()
      case 'fail': case 'restart': case 'keep':
        if (visible && policy === 'keep') return promised('partial', number + 1)
        if (isLast || !mayPass(call) || asksTooMuch(call) || (visible && policy === 'fail')) return failed()
        parts.push(...(visible ? [] : ['retry']), ...(begun ? ['reset'] : []))
        break
      case 'continueAfterCut':
        text += call.text
        if (isLast || !mayPass(call) || text === '') return number === 0 ? failed() : promised('error', number + 1, { code: 'truncated', first: 0 })
        parts.push('retry')
        break
      case 'fallback': case 'fallback restart':
        if (isLast || (begun && policy === 'fallback')) return number === 0 ? failed() : promised('error', number + 1, { code: 'all-models-failed', first: 0 })
        parts.push(begun ? 'reset' : 'retry')
    }
  }
}
