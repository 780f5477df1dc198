import { getEventListeners } from 'node:events'
import { firstValueFrom, lastValueFrom, take, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { fromAbortable } from '../../src/internal/fromAbortable.ts'

const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('fromAbortable', () => {
  it('emits what is read, in order, and completes', async () => {
    async function* read() {
      yield* [1, 2, 3]
    }

    expect(await lastValueFrom(fromAbortable(read).pipe(toArray()))).toEqual([1, 2, 3])
    expect(await lastValueFrom(fromAbortable(() => Promise.resolve(read())).pipe(toArray()))).toEqual([1, 2, 3])
  })

  it('opens nothing until it is subscribed to, and anew for every subscription', async () => {
    let opened = 0
    const numbers = fromAbortable(async function* () {
      yield ++opened
    })

    expect(opened).toBe(0)
    expect([await firstValueFrom(numbers), await firstValueFrom(numbers)]).toEqual([1, 2])
  })

  it('aborts at once when it is unsubscribed, also while a read is pending', async () => {
    let signal: AbortSignal | undefined
    const subscription = fromAbortable(async function* (given) {
      signal = given
      yield await new Promise<number>(() => undefined)
    }).subscribe()
    await turn()

    expect(signal?.aborted).toBe(false)
    subscription.unsubscribe()
    expect(signal?.aborted).toBe(true)
  })

  it('closes the iterator when its consumer has had enough', async () => {
    let [closed, read] = [false, 0]
    const numbers = fromAbortable(async function* () {
      try {
        for (;;) yield ++read
      } finally {
        closed = true
      }
    })

    expect(await lastValueFrom(numbers.pipe(take(3), toArray()))).toEqual([1, 2, 3])
    await turn()
    expect([closed, read]).toEqual([true, 3])
  })

  it('passes on what opening and reading fail with', async () => {
    const failures = [
      fromAbortable(() => { throw new Error('broken') }),
      fromAbortable(() => Promise.reject(new Error('broken'))),
      fromAbortable(async function* () {
        yield 1
        throw new Error('broken')
      }),
    ]

    for (const failing of failures) await expect(lastValueFrom(failing)).rejects.toThrow('broken')
  })

  it('drops what fails after nobody listens', async () => {
    let fail: (error: Error) => void = () => undefined
    const errors: unknown[] = []
    const subscription = fromAbortable(async function* () {
      yield await new Promise<number>((_, reject) => (fail = reject))
    }).subscribe({ error: (error) => errors.push(error) })
    await turn()

    subscription.unsubscribe()
    fail(new Error('too late'))
    await turn()

    expect(errors).toEqual([])
  })

  it('leaves no listener on the signal behind', async () => {
    let signal: AbortSignal | undefined
    await lastValueFrom(fromAbortable(async function* (given) {
      signal = given
      yield 1
    }))

    expect(signal && getEventListeners(signal, 'abort')).toEqual([])
  })
})
