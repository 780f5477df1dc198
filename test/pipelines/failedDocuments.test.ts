import { firstValueFrom, lastValueFrom, of, throwError, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { ContractError, ProviderError } from '../../src/errors.ts'
import { batched } from '../../src/models/batched.ts'
import { ingest } from '../../src/pipelines/ingest.ts'
import type { IngestEvent } from '../../src/pipelines/ingestCounts.ts'
import { memoryStore } from '../../src/stores/memoryStore.ts'
import { sqliteStore } from '../../src/stores/sqlite/sqliteStore.ts'
import type { Embedder, PassageStore } from '../../src/types/ports.ts'
import type { FileListing, SourceFile } from '../../src/types/source.ts'
import { lineFile, lineParser } from '../support/lineFile.ts'

const refused = new ProviderError('bad-request', 'the text\nis refused', { status: 400 })

const slow = new ProviderError('timeout', 'too slow')

/** Fails for requests with such a text. */
function embedderThat(fails: (texts: readonly string[]) => unknown): Embedder {
  return {
    id: 'fake',
    embed: (texts) => {
      const error = fails(texts)
      return error === undefined ? of(texts.map(() => Float32Array.of(1))) : throwError(() => error)
    },
  }
}
const refusing = (word: string) => embedderThat((texts) => (texts.some((text) => text.includes(word)) ? refused : undefined))
const run = (store: PassageStore, files: readonly SourceFile[], embedder: Embedder, concurrency = 1): Promise<IngestEvent[]> =>
  lastValueFrom(ingest(listing(files), { store, parser: lineParser(), embedder, concurrency }).pipe(toArray()))
const listing = (files: readonly SourceFile[]): FileListing => ({
  roots: ['/docs'],
  async *[Symbol.asyncIterator]() {
    yield* files
  },
})
const idsIn = async (store: PassageStore) => [...(await firstValueFrom(store.fingerprints())).keys()].toSorted((a, b) => (a < b ? -1 : 1))
const numbered = (count: number) => Array.from({ length: count }, (_, index) => lineFile(`f${index}`, { 1: `text ${index}` }))

describe('ingest, when a document cannot be embedded', () => {
  it('tells of it, takes in the rest, and takes it up the next time', async () => {
    const store = memoryStore()
    const files = [lineFile('a', { 1: 'apple', 2: 'bad pear' }), lineFile('b', { 1: 'fig' })]

    const events = await run(store, files, refusing('bad'))

    expect(events.filter(({ type }) => type === 'failed')).toEqual([{ type: 'failed', fileId: 'docs/a', documentId: 'docs/a#2', message: 'the text is refused' }])
    expect(events.at(-1)).toMatchObject({ type: 'summary', files: 2, failed: 1, documents: 2, skipped: 0 })
    expect(await idsIn(store)).toEqual(['docs/a#1', 'docs/b#1'])
    expect((await run(store, files, refusing('nothing'))).at(-1)).toMatchObject({ unchanged: 1, failed: 0, documents: 1 })
    expect((await run(store, files, refusing('nothing'))).at(-1)).toMatchObject({ unchanged: 2, documents: 0 })
  })

  it('keeps what the store had of it, and removes it when its file goes', async () => {
    const store = memoryStore()
    await run(store, [lineFile('a', { 1: 'apple', 2: 'pear' })], refusing('bad'))

    expect((await run(store, [lineFile('a', { 1: 'bad apple' })], refusing('bad'))).at(-1)).toMatchObject({ failed: 1, removed: 1 })
    expect((await firstValueFrom(store.sample(9))).map(({ text }) => text)).toEqual(['apple'])
    expect((await run(store, [], refusing('bad'))).at(-1)).toMatchObject({ removed: 1 })
    expect(await idsIn(store)).toEqual([])
  })

  it('fails no other document whose texts were in the same request', async () => {
    const store = memoryStore()
    const files = [...numbered(9), lineFile('x', { 1: 'bad' })]
    let requests = 0
    const counted = embedderThat((texts) => {
      requests++
      return texts.includes('bad') ? refused : undefined
    })

    const events = await run(store, files, batched(counted, { maxWaitMs: 20 }), 10)

    expect(events.filter(({ type }) => type === 'failed')).toMatchObject([{ documentId: 'docs/x#1' }])
    expect(await idsIn(store)).toHaveLength(9)
    expect(requests).toBeGreaterThan(1)
  })

  it.each([
    new ProviderError('connect', 'Cannot reach it', { retryable: true }),
    new ProviderError('unauthorized', 'wrong key', { status: 401 }),
    new ContractError('two dimensions'),
  ])('ends at once with the error that no other document would escape: $message', async (error) => {
    const store = memoryStore()
    let asked = 0
    const embedder = embedderThat(() => (++asked > 2 ? error : undefined))

    await expect(run(store, numbered(9), embedder)).rejects.toBe(error)
    expect(await idsIn(store)).toEqual(['docs/f0#1', 'docs/f1#1'])
    expect(asked).toBe(3)
  })

  it('ends when embedding fails 8 times in a row, with what the last failed with', async () => {
    const store = memoryStore()
    let asked = 0
    const embedder = embedderThat(() => (++asked > 1 ? slow : undefined))

    await expect(run(store, numbered(30), embedder)).rejects.toMatchObject({ code: 'embedder', message: expect.stringMatching(/failed 8 times in a row.*too slow/) })
    expect(asked).toBe(9)
    expect(await idsIn(store)).toEqual(['docs/f0#1'])
  })

  it('counts a request that fails once, however many documents share it', async () => {
    const rows = Object.fromEntries(Array.from({ length: 300 }, (_, number) => [number, number === 20 ? 'bad' : `text ${number}`]))
    const embedder = batched(embedderThat((texts) => (texts.includes('bad') ? slow : undefined)), { maxBatchSize: 64 })

    const events = await run(memoryStore(), [lineFile('a', rows)], embedder, 128)

    expect(events.at(-1)).toMatchObject({ type: 'summary', failed: 64, documents: 236 })
  })

  it.each([1, 128])('takes in what is new beside many texts that are refused for good (%d files at once)', async (concurrency) => {
    const store = memoryStore()
    const rows = lineFile('a', Object.fromEntries(Array.from({ length: 100 }, (_, number) => [number, number % 5 === 0 ? `bad ${number}` : `text ${number}`])))
    const alone = Array.from({ length: 20 }, (_, number) => lineFile(`b${number}`, { 1: `bad too ${number}` }))
    const embedder = () => embedderThat((texts) => (texts.some((text) => text.includes('bad')) ? new ProviderError('bad-request', 'refused', { status: 400 }) : undefined))

    expect((await run(store, [rows], embedder(), concurrency)).at(-1)).toMatchObject({ failed: 20, documents: 80 })
    expect((await run(store, [rows, ...alone, lineFile('c', { 1: 'new' })], embedder(), concurrency)).at(-1)).toMatchObject({ failed: 40, documents: 1 })
    await run(store, [lineFile('c', { 1: 'new' })], embedder(), concurrency)
    expect((await run(store, [...alone, lineFile('c', { 1: 'new' }), lineFile('d', { 1: 'newer' })], embedder(), concurrency)).at(-1)).toMatchObject({ failed: 20, documents: 1 })
  })

  it('ends when all texts are refused from the first on', async () => {
    const refusingAll = embedderThat(() => new ProviderError('bad-request', 'too long', { status: 400 }))
    await expect(run(memoryStore(), numbered(30), refusingAll)).rejects.toThrow('Embedding failed 8 times in a row; the last: too long')
  })

  it('counts failures that say nothing', async () => {
    const silent: Embedder = { id: 'silent', embed: () => throwError(() => undefined) }
    await expect(run(memoryStore(), numbered(30), silent)).rejects.toThrow('Embedding failed 8 times in a row; the last: undefined')
  })

  it('goes on when failures are many but not in a row', async () => {
    let asked = 0
    const events = await run(memoryStore(), numbered(32), embedderThat(() => (++asked % 8 === 0 ? undefined : slow)))

    expect(events.at(-1)).toMatchObject({ failed: 28, documents: 4 })
  })

  it('ends with an error of the store, which is no failed document', async () => {
    const store: PassageStore = { ...memoryStore(), upsert: () => throwError(() => new Error('disk full')) }
    await expect(run(store, numbered(3), refusing('bad'))).rejects.toThrow('disk full')
  })

  it('asks once for texts that two documents under way have both', async () => {
    const asked: string[] = []
    const embedder = batched(embedderThat((texts) => void asked.push(...texts)), { maxWaitMs: 20 })
    const events = await run(memoryStore(), [lineFile('a', { 1: 'same' }), lineFile('b', { 1: 'same' })], embedder, 2)

    expect(asked).toEqual(['same'])
    expect(events.at(-1)).toMatchObject({ documents: 2 })
  })
})

describe.each([['memory', memoryStore], ['SQLite', () => sqliteStore(':memory:')]] as const)('ingest into %s', (_, open) => {
  it('asks only for texts that are new to the store', async () => {
    const store: PassageStore = open()
    const asked: string[] = []
    const embedder = embedderThat((texts) => void asked.push(...texts))
    await run(store, [lineFile('a', { 1: 'apple', 2: 'pear' }), lineFile('b', { 1: 'fig' })], embedder)

    await run(store, [lineFile('a', { 1: 'apple', 2: 'plum', 3: 'fig' }), lineFile('c', { 1: 'pear' })], embedder)

    expect(asked).toEqual(['apple', 'pear', 'fig', 'plum', 'pear'])
    expect(await firstValueFrom(store.search({ text: '', topK: 9, retrieval: 'vector', embedding: Float32Array.of(1) }))).toHaveLength(4)
    await run(store, [lineFile('d', { 1: 'apple' })], { ...embedder, id: 'another' })
    expect(asked.at(-1)).toBe('apple')
    expect(asked).toHaveLength(6)
    store.close()
  })
})
