import type { ModelCall, Usage, UsageChunk } from '../types/chunk.ts'

const strength: readonly ModelCall['from'][] = ['server', 'counted', 'estimated']

/** Collects what the calls of one query used. */
export class Ledger {
  readonly #before: readonly ModelCall[]
  readonly #calls: ModelCall[] = []

  /** @param before calls made before the answer, to which more may be added. */
  constructor(before: readonly ModelCall[] = []) {
    this.#before = before
  }

  add(call: ModelCall): void {
    this.#calls.push(call)
  }

  total(): UsageChunk {
    return { type: 'usage', ...sumUsage([...this.#before, ...this.#calls]) }
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
