import type { ModelCall, Usage, UsageChunk } from '../types/chunk.ts'

/** Collects what the calls of one query used. */
export interface Ledger {
  add(call: ModelCall): void
  total(): UsageChunk
}

const strength: readonly ModelCall['from'][] = ['server', 'counted', 'estimated']

/** `before`: calls made before the answer, to which more may be added. */
export function createLedger(before: readonly ModelCall[] = []): Ledger {
  const calls: ModelCall[] = []
  return {
    add: (call) => calls.push(call),
    total: () => ({ type: 'usage', ...sumUsage([...before, ...calls]) }),
  }
}

/** A sum is as trustworthy as its weakest part. */
function sumUsage(calls: readonly ModelCall[]): Usage {
  return {
    calls,
    inputTokens: calls.reduce((sum, call) => sum + call.inputTokens, 0),
    outputTokens: calls.reduce((sum, call) => sum + call.outputTokens, 0),
    from: strength.findLast((from) => calls.some((call) => call.from === from)) ?? 'server',
  }
}
