import * as fc from 'fast-check'
import { firstValueFrom } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { InvalidOptionError } from '../../src/errors.ts'
import type { Bm25Options } from '../../src/internal/weighTerms.ts'
import { memoryStore } from '../../src/stores/memoryStore.ts'
import { postgresStore } from '../../src/stores/postgres/postgresStore.ts'
import { sqliteStore } from '../../src/stores/sqlite/sqliteStore.ts'
import type { Metadata, MetadataValue } from '../../src/types/document.ts'
import type { Filter, FilterValue } from '../../src/types/filter.ts'
import type { PassageStore, SearchRequest } from '../../src/types/ports.ts'
import { newIndexes } from '../support/pgliteServer.ts'
import { passagesOf, storedDocument } from '../support/storedDocument.ts'

const plain = fc.oneof(fc.constantFrom<FilterValue>('a', 'ab', 'b', '1', true, false, null), fc.integer({ min: -2, max: 3 }))
const names = fc.constantFrom('x', 'y', 'z', '__proto__')
const tree = fc.letrec<{ value: MetadataValue }>((tie) => ({
  value: fc.oneof({ maxDepth: 2 }, plain, fc.array(tie('value'), { maxLength: 3 }), fc.dictionary(names, tie('value'), { maxKeys: 3 })),
}))
const metadata = fc.dictionary(names, tree.value, { maxKeys: 4 })
const field = fc.oneof(names, fc.constantFrom('documentId', 'title', 'x.y', 'x.y.z', 'y.x'))
const end = fc.oneof(fc.integer({ min: -2, max: 3 }), fc.constantFrom('a', 'b'))
const filters = fc.letrec<{ filter: Filter }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 2 },
    fc.record({ field, equals: plain }),
    fc.record({ field, in: fc.array(plain, { maxLength: 3 }) }),
    fc.record({ field, from: end }),
    fc.record({ field, to: end }),
    fc.record({ field, prefix: fc.constantFrom('', 'a', 'd') }),
    fc.record({ field, exists: fc.boolean() }),
    fc.record({ and: fc.array(tie('filter'), { maxLength: 2 }) }),
    fc.record({ or: fc.array(tie('filter'), { maxLength: 2 }) }),
    fc.record({ not: tie('filter') }),
  ),
}))

/** All values at the end of a path, written the long way round. */
function valuesAt(root: MetadataValue, path: readonly string[]): MetadataValue[] {
  const step = (values: readonly MetadataValue[]): MetadataValue[] => values.flatMap((value) => (Array.isArray(value) ? step(value as MetadataValue[]) : [value]))
  return path.reduce<MetadataValue[]>((values, name) => step(values.flatMap((value) =>
    typeof value === 'object' && value !== null ? Object.entries(value).filter(([key]) => key === name).map(([, item]) => item) : [])), [root])
}

function expected(filter: Filter, root: Metadata): boolean {
  if ('and' in filter) return filter.and.every((each) => expected(each, root))
  if ('or' in filter) return filter.or.some((each) => expected(each, root))
  if ('not' in filter) return !expected(filter.not, root)
  const values = valuesAt(root, filter.field.split('.'))
  if ('exists' in filter) return values.length > 0 === filter.exists
  if ('equals' in filter) return values.includes(filter.equals)
  if ('in' in filter) return values.some((value) => filter.in.includes(value as FilterValue))
  if ('prefix' in filter) return values.some((value) => typeof value === 'string' && value.startsWith(filter.prefix))
  const { from, to } = filter
  return values.some((value) => typeof value === typeof (from ?? to) && !(value! < (from ?? value)!) && !(value! > (to ?? value)!))
}

const found = async (store: PassageStore, request: Partial<SearchRequest>) => firstValueFrom(store.search({ text: 'apple', topK: 1000, ...request }))

describe('the stores that have vectors in memory', () => {
  it.each(['bm25', 'vector', 'hybrid'] as const)('find those of one score that come first by id, whenever they were written: %s', async (retrieval) => {
    const ids = Array.from({ length: 200 }, (_, number) => `d${String(number).padStart(3, '0')}`)
    for (const written of [ids, ids.toReversed()]) {
      for (const store of [memoryStore(), sqliteStore(':memory:')]) {
        for (const id of written) {
          await firstValueFrom(store.upsert(storedDocument(id), passagesOf(id, ['apple pie']).map((passage) => ({ ...passage, embedding: Float32Array.of(1, 2) }))))
        }
        const list = await found(store, { topK: 3, retrieval, embedding: Float32Array.of(1, 1) })
        expect(list.map(({ documentId }) => documentId)).toEqual(ids.slice(0, 3))
        store.close()
      }
    }
  })

  it('find the same by vectors, with bytes first and without, with a filter too', async () => {
    const open = [0, undefined, Number.POSITIVE_INFINITY].flatMap((int8AboveBytes) => {
      const vectors = int8AboveBytes === undefined ? {} : { int8AboveBytes }
      return [memoryStore({ vectors }), sqliteStore(':memory:', { vectors })]
    })
    const embedding = (seed: number) => Float32Array.from({ length: 24 }, (_, index) => Math.sin(seed * 37 + index * index))
    for (const store of open) {
      for (let number = 0; number < 60; number++) {
        const passages = passagesOf(`d${number}`, ['one', 'two', 'three']).map((passage, place) => ({ ...passage, embedding: embedding(number + place) }))
        const { document, ...more } = storedDocument(`d${number}`)
        await firstValueFrom(store.upsert({ document: { ...document, metadata: { number } }, ...more }, passages))
      }
    }
    for (const filter of [undefined, { field: 'number', from: 50 }]) {
      const request: SearchRequest = { text: '', retrieval: 'vector', embedding: embedding(55.5), topK: 20, ...(filter === undefined ? {} : { filter }) }
      const lists = await Promise.all(open.map((store) => firstValueFrom(store.search(request))))
      expect(lists[0]).toHaveLength(20)
      for (const list of lists) expect(list.map(({ id, score }) => [id, score])).toEqual(lists[0]?.map(({ id, score }) => [id, score]))
    }
    for (const store of open) store.close()
  })

  it.each([-1, Number.NaN])('refuse %d as a size above which bytes are searched', (int8AboveBytes) => {
    expect(() => memoryStore({ vectors: { int8AboveBytes } })).toThrow(InvalidOptionError)
    expect(() => sqliteStore(':memory:', { vectors: { int8AboveBytes } })).toThrow(InvalidOptionError)
  })
})

/** For another run: an index in a database takes a while to make. */
async function emptied(store: PassageStore): Promise<PassageStore> {
  const ids = [...(await firstValueFrom(store.fingerprints())).keys()]
  if (ids.length > 0) await firstValueFrom(store.remove(ids))
  return store
}

describe.each([{ other: 'sqlite', runs: 150 }, { other: 'postgres', runs: 15 }])('memory and $other', ({ other, runs }) => {
  const { newAddress } = newIndexes()
  /** New and empty, or the same one emptied. */
  const opener = (options: { readonly bm25?: Bm25Options } = {}): (() => Promise<PassageStore>) => {
    if (other === 'sqlite') return () => Promise.resolve(sqliteStore(':memory:', options))
    const kept = postgresStore(newAddress(), options)
    return async () => emptied(await kept)
  }
  const closed = (store: PassageStore): void => {
    if (other === 'sqlite') store.close()
  }

  it('find the same by filters, which is what a plain reading of the filter finds', async () => {
    const open = opener()
    await fc.assert(fc.asyncProperty(fc.array(metadata, { minLength: 1, maxLength: 8 }), fc.array(filters.filter, { minLength: 1, maxLength: 6 }), async (documents, asked) => {
      const stores = [memoryStore(), await open()]
      for (const store of stores) {
        for (const [number, each] of documents.entries()) {
          const { document, ...rest } = storedDocument(`d${number}`, { title: number % 2 === 0 ? 'a' : 'b' })
          await firstValueFrom(store.upsert({ ...rest, document: { ...document, metadata: each } }, passagesOf(`d${number}`, ['apple'])))
        }
      }
      for (const filter of asked) {
        const right = documents.flatMap((each, number) =>
          expected(filter, { ...each, documentId: `d${number}`, title: number % 2 === 0 ? 'a' : 'b' }) ? [`d${number}`] : [])
        for (const store of stores) expect((await found(store, { filter })).map(({ documentId }) => documentId)).toEqual(right)
      }
      stores.forEach(closed)
    }), { numRuns: runs })
  })

  it('give the same passages the same scores, whatever was written, replaced and removed', async () => {
    const words = fc.array(fc.constantFrom('heron', 'water', 'the', 'mergeMap', '漢字'), { maxLength: 6 }).map((list) => list.join(' '))
    const step = fc.record({ id: fc.constantFrom('a', 'b', 'c', 'd'), texts: fc.option(fc.array(words, { maxLength: 3 })) })
    const question = fc.tuple(words, words).map(([quoted, rest]) => `"${quoted}" ${rest}`)
    const settings = [{}, { k1: 0.4, b: 1 }].map((bm25) => ({ bm25, open: opener({ bm25 }) }))
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 12 }), fc.array(question, { maxLength: 3 }), fc.constantFrom(...settings), async (steps, questions, { bm25, open }) => {
      const [memory, store] = [memoryStore({ bm25 }), await open()]
      for (const { id, texts } of steps) {
        for (const each of [memory, store]) {
          if (texts === null) await firstValueFrom(each.remove([id]))
          else await firstValueFrom(each.upsert(storedDocument(id), passagesOf(id, texts)))
        }
        for (const text of questions) {
          const ours = await found(memory, { text })
          const theirs = await found(store, { text })
          expect(theirs.map(({ id: name }) => name)).toEqual(ours.map(({ id: name }) => name))
          expect(theirs.map(({ score }) => score)).toEqual(ours.map(({ score }) => expect.closeTo(score, 10)))
        }
      }
      closed(store)
    }), { numRuns: runs })
  })

  it('read words in the language they are told', async () => {
    const language = 'german'
    const configured = { configuration: { language } } as const
    for (const store of [memoryStore({ language }), other === 'sqlite' ? sqliteStore(':memory:', configured) : await postgresStore(newAddress(), configured)]) {
      await firstValueFrom(store.upsert(storedDocument('a'), passagesOf('a', ['Die Häuser der Straße sind alt', 'the house'])))

      expect((await found(store, { text: 'Haus Häuser' })).map(({ id }) => id)).toEqual(['a#0'])
      expect(await found(store, { text: 'die der sind' })).toEqual([])
      expect((await found(store, { text: 'the' })).map(({ id }) => id)).toEqual(['a#1'])
    }
  })
})
