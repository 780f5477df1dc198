import { EMPTY, NEVER, Observable, Subject, lastValueFrom, of, take, throwError, toArray } from 'rxjs'
import { describe, expect, it, vi } from 'vitest'
import { InvalidOptionError } from '../../src/errors.ts'
import { pullMap } from '../../src/sources/pullMap.ts'

/** Lets everything run that waits for promises only. */
const settle = () => new Promise((resolve) => setImmediate(resolve))

function numbers(end: number, onReturn = () => undefined as unknown) {
  const taken: number[] = []
  const items = {
    async *[Symbol.asyncIterator]() {
      try {
        for (let item = 0; item < end; item += 1) {
          taken.push(item)
          yield item
        }
      } finally {
        onReturn()
      }
    },
  }
  return { items, taken }
}

describe('pullMap', () => {
  it('emits what each projection emits, in order, and completes', async () => {
    const result = pullMap(numbers(3).items, (item, index) => of(`${item}/${index}`, `${item}!`))
    expect(await lastValueFrom(result.pipe(toArray()))).toEqual(['0/0', '0!', '1/1', '1!', '2/2', '2!'])
  })

  it('takes plain iterables, promises and empty inputs', async () => {
    expect(await lastValueFrom(pullMap([1, 2], (item) => Promise.resolve(item * 2)).pipe(toArray()))).toEqual([2, 4])
    expect(await lastValueFrom(pullMap([], () => of(1)).pipe(toArray()))).toEqual([])
    expect(await lastValueFrom(pullMap([1, 2], () => EMPTY).pipe(toArray()))).toEqual([])
  })

  it('takes the next item only when a slot is free, so a slow consumer is never run over', async () => {
    const { items, taken } = numbers(10)
    const running: Subject<string>[] = []
    const results: string[] = []
    const subscription = pullMap(items, () => (running.push(new Subject()), running.at(-1)!), { concurrency: 2 }).subscribe(
      (value) => results.push(value),
    )

    await settle()
    expect([taken.length, running.length]).toEqual([2, 2])
    running[1]!.next('b')
    running[1]!.complete()
    await settle()
    expect([taken.length, running.length]).toEqual([3, 3])
    expect(results).toEqual(['b'])
    subscription.unsubscribe()
  })

  it('passes 10,000 synchronous projections without growing the stack', async () => {
    const wanted = Array.from({ length: 10_000 }, (_, index) => index)
    for (const items of [wanted, numbers(10_000).items]) {
      const inOrder = pullMap(items, (item) => of(item))
      expect(await lastValueFrom(inOrder.pipe(toArray()))).toEqual(wanted)
      const four = pullMap(items, (item) => of(item), { concurrency: 4 })
      expect((await lastValueFrom(four.pipe(toArray()))).toSorted((a, b) => a - b)).toEqual(wanted)
    }
  })

  it('ends the running projections and the iterator when it is dropped', async () => {
    const onReturn = vi.fn()
    const teardown = vi.fn()
    const { items, taken } = numbers(10, onReturn)
    const subscription = pullMap(items, () => new Observable(() => teardown), { concurrency: 3 }).subscribe()
    await settle()
    subscription.unsubscribe()
    await settle()
    expect(teardown).toHaveBeenCalledTimes(3)
    expect(onReturn).toHaveBeenCalledTimes(1)
    expect(taken).toEqual([0, 1, 2])
  })

  it('stops in the middle of a synchronous projection when nobody listens any more', async () => {
    const { items, taken } = numbers(10)
    let emitted = 0
    const endless = () =>
      new Observable<number>((subscriber) => {
        while (!subscriber.closed) subscriber.next((emitted += 1))
      })
    expect(await lastValueFrom(pullMap(items, endless).pipe(take(3), toArray()))).toEqual([1, 2, 3])
    await settle()
    expect(taken).toEqual([0])
  })

  it('does not call the iterator again, nor its return, after it was exhausted', async () => {
    const next = vi.fn().mockResolvedValueOnce({ done: false, value: 1 }).mockResolvedValue({ done: true, value: undefined })
    const end = vi.fn()
    const items = { [Symbol.asyncIterator]: () => ({ next, return: end }) }
    await lastValueFrom(pullMap(items, (item) => of(item)))
    expect(next).toHaveBeenCalledTimes(2)
    expect(end).not.toHaveBeenCalled()
  })

  it('keeps quiet when the iterator fails to clean up after a drop', async () => {
    const items = {
      [Symbol.iterator]: () => ({
        next: () => ({ done: false as const, value: 1 }),
        return: () => {
          throw new Error('clean-up failed')
        },
      }),
    }
    const subscription = pullMap(items, () => NEVER).subscribe()
    await settle()
    expect(() => subscription.unsubscribe()).not.toThrow()
  })

  it.each([
    [
      'the projection throws',
      () => {
        throw new Error('bad')
      },
    ],
    ['its Observable fails', () => throwError(() => new Error('bad'))],
    ['its promise is rejected', () => Promise.reject(new Error('bad'))],
  ])('ends with the first error and drops the others when %s', async (_, fail) => {
    const teardown = vi.fn()
    const onReturn = vi.fn()
    const { items, taken } = numbers(10, onReturn)
    const project = (item: number) => (item === 1 ? fail() : new Observable<number>(() => teardown))
    await expect(lastValueFrom(pullMap(items, project, { concurrency: 2 }))).rejects.toThrow('bad')
    await settle()
    expect(teardown).toHaveBeenCalledTimes(1)
    expect(onReturn).toHaveBeenCalledTimes(1)
    expect(taken.length).toBeLessThanOrEqual(3)
  })

  it('delivers nothing more from other projections after an error', async () => {
    const first = new Subject<string>()
    const second = new Subject<string>()
    const seen: string[] = []
    pullMap([first, second], (inner) => inner, { concurrency: 2 }).subscribe({
      next: (value) => seen.push(value),
      error: () => seen.push('error'),
    })
    await settle()
    first.error(new Error('bad'))
    second.next('late')
    expect(seen).toEqual(['error'])
  })

  it("ends with the iterable's own error", async () => {
    const items = (async function* () {
      yield 1
      throw new Error('source')
    })()
    const seen: unknown[] = []
    await expect(lastValueFrom(pullMap(items, (item) => (seen.push(item), of(item))))).rejects.toThrow('source')
    expect(seen).toEqual([1])
  })

  it('is cold: each subscription iterates anew', async () => {
    const { items, taken } = numbers(2)
    const result = pullMap(items, (item) => of(item))
    expect(taken).toEqual([])
    await lastValueFrom(result)
    await lastValueFrom(result)
    expect(taken).toEqual([0, 1, 0, 1])
  })

  it.each([0, -1, 1.5, NaN, Infinity])('refuses a concurrency of %s at the call', (concurrency) => {
    expect(() => pullMap([], () => EMPTY, { concurrency })).toThrow(InvalidOptionError)
  })
})
