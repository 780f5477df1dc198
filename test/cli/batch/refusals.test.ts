import { describe, expect, it } from 'vitest'
import { createRefusals } from '../../../src/cli/batch/refusals.ts'
import type { ErrorInfo } from '../../../src/types/chunk.ts'

const ofRow = (model?: string) => ({ id: 'a', question: 'A?', line: 1, ...(model !== undefined && { request: { messages: [], model } }) })
const ended = (error?: ErrorInfo, failures: readonly ErrorInfo[] = []) => ({
  text: '', finishReason: 'stop' as const, sources: [], citations: [], failures: failures.map((each, index) => ({ attempt: index + 1, error: each })), ...(error && { error }),
})
const [unauthorized, forbidden, missing, quota, broken] = ['unauthorized', 'forbidden', 'not-found', 'quota-exceeded', 'server-error'].map((code) => ({ code, message: code }))

/** How many rows end until the run does. */
function rowsUntilStop(errors: readonly (ErrorInfo | undefined)[], { severalModels = false, model }: { readonly severalModels?: boolean; readonly model?: string } = {}): number | undefined {
  const refusals = createRefusals({ severalModels })
  const index = errors.findIndex((error) => refusals.take(ofRow(model), ended(error)) !== undefined)
  return index < 0 ? undefined : index + 1
}

describe('createRefusals', () => {
  it.each([['a wrong key', unauthorized], ['no right to the model', forbidden], ['an unknown model', missing], ['a quota that is used up', quota]])('ends the run at the third refusal for %s', (_, error) => {
    expect(rowsUntilStop([error, error, error, error])).toBe(3)
  })

  it('goes on when a row was answered in between, and counts other failures for nothing', () => {
    expect(rowsUntilStop([missing, missing, undefined, missing, missing, undefined])).toBeUndefined()
    expect(rowsUntilStop([missing, broken, missing, broken, broken, missing])).toBe(6)
    expect(rowsUntilStop([broken, broken, broken, broken])).toBeUndefined()
  })

  it('says which error it was', () => {
    const refusals = createRefusals({ severalModels: false })
    const said = [missing, missing, unauthorized].map((error) => refusals.take(ofRow(), ended(error)))
    expect(said).toEqual([undefined, undefined, unauthorized])
  })

  it('takes a model that a row names for the fault of that row, where rows name several; a key is for all', () => {
    expect(rowsUntilStop([missing, missing, missing, missing], { severalModels: true, model: 'x' })).toBeUndefined()
    expect(rowsUntilStop([missing, missing, missing], { severalModels: false, model: 'x' })).toBe(3)
    expect(rowsUntilStop([unauthorized, unauthorized, unauthorized], { severalModels: true, model: 'x' })).toBe(3)
  })

  it('ends the run when each of several models refuses, not when one of them only fails', () => {
    const all = { code: 'all-models-failed', message: 'None answered', status: 401 }
    const refusals = () => createRefusals({ severalModels: false })
    const three = (before: ErrorInfo | undefined, taker = refusals()) => [1, 2, 3].map(() => taker.take(ofRow(), ended(all, before && [before]))).at(-1)
    expect(three(missing)).toEqual(all)
    expect(three(broken)).toBeUndefined()
  })
})
