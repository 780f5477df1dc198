import { lastValueFrom } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { fromAbortablePromise } from '../../src/internal/fromAbortablePromise.ts'

describe('fromAbortablePromise', () => {
  it('calls once a subscription, emits the result and completes', async () => {
    let calls = 0
    const answer = fromAbortablePromise(() => Promise.resolve(++calls))

    expect(calls).toBe(0)
    expect([await lastValueFrom(answer), await lastValueFrom(answer)]).toEqual([1, 2])
  })

  it('aborts the call when it is unsubscribed, and drops what it then fails with', async () => {
    let signal: AbortSignal | undefined
    const errors: unknown[] = []
    const subscription = fromAbortablePromise((given) => {
      signal = given
      return new Promise((_, reject) => given.addEventListener('abort', () => reject(new Error('aborted'))))
    }).subscribe({ error: (error) => errors.push(error) })

    subscription.unsubscribe()
    await new Promise((resolve) => setImmediate(resolve))

    expect(signal?.aborted).toBe(true)
    expect(errors).toEqual([])
  })

  it('passes on what the call fails with, thrown or rejected', async () => {
    await expect(lastValueFrom(fromAbortablePromise(() => Promise.reject(new Error('rejected'))))).rejects.toThrow('rejected')
    await expect(lastValueFrom(fromAbortablePromise(() => { throw new Error('thrown') }))).rejects.toThrow('thrown')
  })
})
