import { NEVER, concat, firstValueFrom, from, lastValueFrom, of, throwError } from 'rxjs'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { type StoreSummary, toStore } from '../../src/sinks/toStore.ts'
import { memoryStore } from '../../src/stores/memoryStore.ts'
import type { Passage } from '../../src/types/document.ts'
import { fakeStore } from '../support/fakeStore.ts'
import { marbles } from '../support/marbles.ts'
import { passagesOf, storedDocument } from '../support/storedDocument.ts'

const [a, b, c] = passagesOf('d', ['apple', 'pear', 'fig']) as [Passage, Passage, Passage]

describe('toStore', () => {
  it('puts all passages of a document into the store, in the order of the text, and says how much it was', async () => {
    const written: (readonly Passage[])[] = []
    const store = fakeStore({ upsert: (_, passages) => (written.push(passages), of(undefined)) })

    expect(await lastValueFrom(of(c, a, b).pipe(toStore(store, storedDocument('d'))))).toEqual({ passages: 3, tokens: 12 })
    expect(written).toEqual([[a, b, c]])
  })

  it('puts a document without passages there', async () => {
    const store = memoryStore()

    expect(await lastValueFrom(from<Passage[]>([]).pipe(toStore(store, storedDocument('d'))))).toEqual({ passages: 0, tokens: 0 })
    expect(await firstValueFrom(store.stats())).toMatchObject({ documents: 1 })
  })

  it('writes nothing when the source fails or is dropped before its end', async () => {
    const store = memoryStore()
    await expect(lastValueFrom(concat(of(a), throwError(() => new Error('broken'))).pipe(toStore(store, storedDocument('d'))))).rejects.toThrow('broken')
    concat(of(a), NEVER).pipe(toStore(store, storedDocument('d'))).subscribe().unsubscribe()

    expect(await firstValueFrom(store.stats())).toMatchObject({ documents: 0, passages: 0 })
  })

  it('writes once the source completes, ends with the error of the store, and drops its call', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold<Passage>('a-b|   ', { a, b })
      const writing = cold<undefined>('--(u|)', { u: undefined })
      const failing = cold<undefined>('--#')
      const waiting = cold<undefined>('-----')
      const into = (upsert: typeof writing) => source.pipe(toStore(fakeStore({ upsert: () => upsert }), storedDocument('d')))

      expectObservable(into(writing)).toBe('-----(s|)', { s: { passages: 2, tokens: 9 } })
      expectObservable(into(failing)).toBe('-----#')
      expectObservable(into(waiting), '----!').toBe('-')
      expectSubscriptions(writing.subscriptions).toBe('---^-!')
      expectSubscriptions(waiting.subscriptions).toBe('---^!')
    })
  })

  it('is an operator from passages to a summary', () => {
    expectTypeOf(of(a).pipe(toStore(fakeStore({}), storedDocument('d')))).toEqualTypeOf(of<StoreSummary>())
  })
})
