import { utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { defer, firstValueFrom, lastValueFrom, map, mergeMap, of, take, takeWhile, tap, timer, toArray } from 'rxjs'
import { describe, expect, expectTypeOf, it, vi } from 'vitest'
import { InputError, SkippedError } from '../../src/errors.ts'
import { batched } from '../../src/models/batched.ts'
import { type IngestOptions, ingest } from '../../src/pipelines/ingest.ts'
import type { IngestCounts, IngestEvent } from '../../src/pipelines/ingestCounts.ts'
import { filesIn } from '../../src/sources/filesIn.ts'
import { memoryStore } from '../../src/stores/memoryStore.ts'
import { sqliteStore } from '../../src/stores/sqlite/sqliteStore.ts'
import type { Embedder, Parser, PassageStore } from '../../src/types/ports.ts'
import type { FileListing, SourceFile } from '../../src/types/source.ts'
import { folderWith } from '../support/folderWith.ts'
import { lineFile, lineParser } from '../support/lineFile.ts'
import { settledTurns } from '../support/settledTurns.ts'

type Given = Partial<Omit<IngestOptions, 'store'>>

const listing = (files: readonly SourceFile[]): FileListing => ({
  roots: ['/docs'],
  async *[Symbol.asyncIterator]() {
    yield* files
  },
})
const isListing = (files: readonly SourceFile[] | FileListing): files is FileListing => !Array.isArray(files)
const eventsOf = (store: PassageStore, files: readonly SourceFile[] | FileListing, options: Given = {}): Promise<IngestEvent[]> =>
  lastValueFrom(ingest(isListing(files) ? files : listing(files), { store, parser: lineParser(), ...options }).pipe(toArray()))

async function ingested(store: PassageStore, files: readonly SourceFile[] | FileListing, options?: Given): Promise<IngestCounts> {
  const last = (await eventsOf(store, files, options)).at(-1)
  if (last?.type !== 'summary') throw new Error('Expected a summary at the end')
  const { type: _, ...counts } = last
  return counts
}

/** All that a store holds, as far as its port tells; equal for equal stores. */
async function contentOf(store: PassageStore) {
  const byId = <T extends { id: string }>(items: readonly T[]) => items.toSorted((a, b) => (a.id < b.id ? -1 : 1))
  return {
    stats: await firstValueFrom(store.stats()),
    prints: Object.fromEntries([...(await firstValueFrom(store.fingerprints()))].toSorted(([a], [b]) => (a < b ? -1 : 1))),
    files: byId(await firstValueFrom(store.files('/docs'))),
    passages: byId(await firstValueFrom(store.sample(10_000))),
  }
}
const idsIn = async (store: PassageStore) => Object.keys((await contentOf(store)).prints)

const failing = (reason: 'unreadable' | 'binary' | 'damaged'): Parser =>
  // oxlint-disable-next-line require-yield
  async function* fail() {
    throw new SkippedError(reason, `it is ${reason}`)
  }

describe('ingest', () => {
  it('takes new files in and counts what it did', async () => {
    const store = memoryStore()
    const files = [lineFile('a', { 1: 'apple pie', 2: 'pear' }), lineFile('b', { 1: 'fig' })]

    const counts = await ingested(store, files)

    expect(counts).toEqual({
      files: 2, unchanged: 0, skipped: 0, failed: 0, documents: 3, passages: 3, tokens: expect.any(Number), bytes: files[0]!.size + files[1]!.size, removed: 0,
    })
    expect(counts.tokens).toBeGreaterThan(0)
    expect(await firstValueFrom(store.stats())).toEqual({ files: 2, documents: 3, passages: 3 })
    expect((await firstValueFrom(store.search({ text: 'apples', topK: 5 }))).map(({ id }) => id)).toEqual(['docs/a#1#0'])
  })

  it('tells of its progress, and ends with one summary', async () => {
    const events = await eventsOf(memoryStore(), [lineFile('a', { 1: 'apple', 2: 'pear' })])

    expect(events.map(({ type }) => type).lastIndexOf('summary')).toBe(events.length - 1)
    expect(events.filter(({ type }) => type === 'summary')).toHaveLength(1)
    const documents = events.flatMap((event) => (event.type === 'progress' ? [event.documents] : []))
    expect(documents).toEqual(documents.toSorted((a, b) => a - b))
    expect(documents).toContain(1)
    expect(documents).toContain(2)
  })

  it('does not even open a file that has not changed', async () => {
    const store = memoryStore()
    const files = [lineFile('a', { 1: 'apple' }), lineFile('b', { 1: 'pear' })]
    await ingested(store, files)
    const before = await contentOf(store)
    const asked: string[] = []

    const counts = await ingested(store, files, { parser: lineParser(asked) })

    expect(asked).toEqual([])
    expect(counts).toEqual({ files: 2, unchanged: 2, skipped: 0, failed: 0, documents: 0, passages: 0, tokens: 0, bytes: 0, removed: 0 })
    expect(await contentOf(store)).toEqual(before)
  })

  it('writes of a changed file only the documents that changed, and removes those that went', async () => {
    const store = memoryStore()
    await ingested(store, [lineFile('a', { 1: 'apple', 2: 'pear', 3: 'fig' }), lineFile('b', { 1: 'plum' })])

    const counts = await ingested(store, [lineFile('a', { 1: 'apple', 2: 'cherry', 4: 'lemon' }), lineFile('b', { 1: 'plum' })])

    expect(counts).toMatchObject({ files: 2, unchanged: 1, documents: 2, removed: 1 })
    expect(await idsIn(store)).toEqual(['docs/a#1', 'docs/a#2', 'docs/a#4', 'docs/b#1'])
    expect((await firstValueFrom(store.search({ text: 'apple pear cherry fig lemon', topK: 9 }))).map(({ text }) => text).toSorted()).toEqual(['apple', 'cherry', 'lemon'])
  })

  it('writes everything anew when it is split or embedded otherwise', async () => {
    const store = memoryStore()
    const files = (stamp: string) => [lineFile('a', { 1: 'apple', 2: 'pear' }, stamp)]
    await ingested(store, files('1'))

    expect(await ingested(store, files('2'))).toMatchObject({ documents: 0, bytes: files('1')[0]!.size })
    expect(await ingested(store, files('3'), { passageTokens: 64 })).toMatchObject({ documents: 2 })
    const embedder: Embedder = { id: 'fake', embed: (texts) => of(texts.map(() => Float32Array.of(1))) }
    expect(await ingested(store, files('4'), { passageTokens: 64, embedder })).toMatchObject({ documents: 2 })
    expect(await firstValueFrom(store.search({ text: '', topK: 9, retrieval: 'vector', embedding: Float32Array.of(1) }))).toHaveLength(2)
  })

  it('removes the documents of files that have gone, also when the folder is empty now', async () => {
    const store = memoryStore()
    await ingested(store, [lineFile('a', { 1: 'apple', 2: 'pear' }), lineFile('b', { 1: 'fig' })])

    expect(await ingested(store, [lineFile('b', { 1: 'fig' })])).toMatchObject({ files: 1, removed: 2 })
    expect(await idsIn(store)).toEqual(['docs/b#1'])
    expect(await ingested(store, [])).toMatchObject({ files: 0, removed: 1 })
    expect(await firstValueFrom(store.stats())).toEqual({ files: 0, documents: 0, passages: 0 })
  })

  it('leaves the files of another folder alone', async () => {
    const store = memoryStore()
    const other: SourceFile = { ...lineFile('z', { 1: 'zebra' }), id: 'other/z', root: '/other' }
    await ingested(store, { ...listing([other]), roots: ['/other'] })

    expect(await ingested(store, [lineFile('a', { 1: 'apple' })])).toMatchObject({ removed: 0 })
    expect(await idsIn(store)).toEqual(['docs/a#1', 'other/z#1'])
  })

  it('keeps what is stored of a file, or a folder, that cannot be read now', async () => {
    const store = memoryStore()
    const files = [lineFile('a', { 1: 'apple' }), lineFile('sub/b', { 1: 'pear' }), lineFile('sub/deep/c', { 1: 'fig' }), lineFile('submarine', { 1: 'plum' })]
    await ingested(store, files)
    const folder: SourceFile = { ...lineFile('sub', {}), unlisted: new SkippedError('unreadable', 'permission denied') }
    const file: SourceFile = { ...lineFile('a', { 1: 'changed' }), unlisted: new SkippedError('unreadable', 'permission denied') }

    const events = await eventsOf(store, [file, folder])

    expect(events.filter(({ type }) => type === 'skipped')).toEqual([
      { type: 'skipped', fileId: 'docs/a', path: '/docs/a', reason: 'unreadable', message: 'permission denied' },
      { type: 'skipped', fileId: 'docs/sub', path: '/docs/sub', reason: 'unreadable', message: 'permission denied' },
    ])
    expect(events.at(-1)).toMatchObject({ skipped: 2, removed: 1 })
    expect(await idsIn(store)).toEqual(['docs/a#1', 'docs/sub/b#1', 'docs/sub/deep/c#1'])
    expect(await ingested(store, files)).toMatchObject({ unchanged: 3, documents: 1 })
  })

  it('tries a file again that could not be read while it was open', async () => {
    const store = memoryStore()
    const file = lineFile('a', { 1: 'apple' })

    expect(await ingested(store, [file], { parser: failing('unreadable') })).toMatchObject({ skipped: 1, documents: 0 })
    expect(await ingested(store, [file])).toMatchObject({ skipped: 0, documents: 1 })
  })

  it('remembers a file that is no text, and does not open it again until it changes', async () => {
    const store = memoryStore()
    const asked: string[] = []

    expect(await ingested(store, [lineFile('a', { 1: 'apple' })], { parser: failing('binary') })).toMatchObject({ files: 1, skipped: 1, unchanged: 0 })
    expect(await ingested(store, [lineFile('a', { 1: 'apple' })], { parser: lineParser(asked) })).toMatchObject({ skipped: 0, unchanged: 1 })
    expect(asked).toEqual([])
    expect(await ingested(store, [lineFile('a', { 1: 'apple pie' })], { parser: lineParser(asked) })).toMatchObject({ documents: 1 })
  })

  it('removes the documents of a file that has become no text, and counts them', async () => {
    const store = memoryStore()
    await ingested(store, [lineFile('a', { 1: 'apple', 2: 'pear' })])

    expect(await ingested(store, [lineFile('a', { 1: 'x' })], { parser: failing('damaged') })).toMatchObject({ skipped: 1, removed: 2 })
    expect(await idsIn(store)).toEqual([])
  })

  it('goes on after a file that is passed over', async () => {
    const store = memoryStore()
    const parser: Parser = (file) => (file.id === 'docs/b' ? failing('damaged')(file) : lineParser()(file))

    const events = await eventsOf(store, [lineFile('a', { 1: 'apple' }), lineFile('b', { 1: 'x' }), lineFile('c', { 1: 'fig' })], { parser, concurrency: 1 })

    expect(events.filter(({ type }) => type === 'skipped')).toEqual([{ type: 'skipped', fileId: 'docs/b', path: '/docs/b', reason: 'damaged', message: 'it is damaged' }])
    expect(await idsIn(store)).toEqual(['docs/a#1', 'docs/c#1'])
  })

  it('tells of parts of a file that are passed over', async () => {
    const parser: Parser = async function* parse(file, options) {
      options?.onSkipped?.({ path: file.path, line: 3, reason: 'damaged', message: 'line 3 is damaged' })
      yield* lineParser()(file)
    }
    const events = await eventsOf(memoryStore(), [lineFile('a', { 1: 'apple' })], { parser })

    expect(events).toContainEqual({ type: 'skipped', fileId: 'docs/a', path: '/docs/a', line: 3, reason: 'damaged', message: 'line 3 is damaged' })
    expect(events.at(-1)).toMatchObject({ skipped: 1, documents: 1 })
  })

  it('keeps the first of two documents with one id, and tells of the other', async () => {
    const store = memoryStore()
    const parser: Parser = async function* parse() {
      yield { id: 'same', text: 'first' }
      yield { id: 'same', text: 'second' }
    }
    const events = await eventsOf(store, [lineFile('a', {})], { parser })

    expect(events).toContainEqual(expect.objectContaining({ type: 'skipped', reason: 'duplicate', message: 'Two documents have the id same; the first is kept' }))
    expect((await contentOf(store)).passages.map(({ text }) => text)).toEqual(['first'])
  })

  it('takes in a file of many documents', async () => {
    const store = memoryStore()
    const many = Object.fromEntries(Array.from({ length: 2000 }, (_, index) => [`d${index}`, `text number ${index}`]))

    expect(await ingested(store, [lineFile('a', many)])).toMatchObject({ files: 1, documents: 2000, passages: 2000 })
    expect(await firstValueFrom(store.stats())).toEqual({ files: 1, documents: 2000, passages: 2000 })
  })

  it('handles 10,000 files of which none has changed', async () => {
    const store = memoryStore()
    const files = Array.from({ length: 10_000 }, (_, index) => lineFile(`f${index}`, {}, 'same'))
    for (const { id, root, stamp } of files) await firstValueFrom(store.commitFile({ id, root, stamp }, []))

    expect(await ingested(store, files)).toMatchObject({ files: 10_000, unchanged: 10_000, removed: 0 })
  })

  it('reads only as far ahead as files are worked on', async () => {
    let [listed, done, ahead] = [0, 0, 0]
    const counted: FileListing = {
      roots: ['/docs'],
      async *[Symbol.asyncIterator]() {
        for (; listed < 50; ) yield lineFile(`f${listed++}`, { 1: `apple ${listed}` })
      },
    }
    const embedder: Embedder = {
      id: 'slow',
      embed: (texts) => timer(1).pipe(mergeMap(() => {
        ahead = Math.max(ahead, listed - done++)
        return of(texts.map(() => Float32Array.of(1)))
      })),
    }
    await ingested(memoryStore(), counted, { embedder, concurrency: 3 })

    expect([listed, done]).toEqual([50, 50])
    expect(ahead).toBeGreaterThan(1)
    expect(ahead).toBeLessThanOrEqual(4)
  })

  it('works on many small files at once, and on no more than 4 MiB of them', async () => {
    const most = async (size: number) => {
      let [running, ahead] = [0, 0]
      const embedder: Embedder = {
        id: 'slow',
        embed: (texts) => defer(() => {
          ahead = Math.max(ahead, ++running)
          return timer(200).pipe(map(() => {
            running--
            return texts.map(() => Float32Array.of(1))
          }))
        }),
      }
      const files = Array.from({ length: 40 }, (_, number) => ({ ...lineFile(`f${number}`, { 1: `apple ${number}` }), size }))
      await ingested(memoryStore(), files, { embedder })
      return ahead
    }
    expect(await most(1000)).toBe(40)
    expect(await most(2 ** 20)).toBe(4)
    expect(await most(2 ** 24)).toBe(1)
  })

  it('parses a bounded number of documents ahead of those that are written', async () => {
    const asked: string[] = []
    let ahead = 0
    let embedded = 0
    const embedder: Embedder = {
      id: 'slow',
      embed: (texts) => timer(1).pipe(mergeMap(() => {
        ahead = Math.max(ahead, asked.length - 1 - embedded++)
        return of(texts.map(() => Float32Array.of(1)))
      })),
    }
    const many = Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [index, `text ${index}`]))
    await ingested(memoryStore(), [lineFile('a', many)], { embedder, parser: lineParser(asked) })

    expect(embedded).toBe(3000)
    expect(ahead).toBeLessThanOrEqual(256)
  })

  it('works on the documents of a file together, as on files, and on a bounded number of all', async () => {
    let [running, most] = [0, 0]
    const embedder: Embedder = {
      id: 'counting',
      embed: (texts) => defer(() => {
        most = Math.max(most, ++running)
        return timer(1).pipe(map(() => (running--, texts.map(() => Float32Array.of(1)))))
      }),
    }
    const rows = Object.fromEntries(Array.from({ length: 400 }, (_, index) => [index, `text ${index}`]))
    await ingested(memoryStore(), [lineFile('a', rows), lineFile('b', rows), lineFile('c', rows)], { embedder, concurrency: 3 })
    expect(most).toBe(6)

    const asked: number[] = []
    const fake: Embedder = { id: 'fake', maxBatchSize: 100, embed: (texts) => of(texts.map(() => Float32Array.of(1))).pipe(tap(() => asked.push(texts.length))) }
    await ingested(memoryStore(), [lineFile('a', rows)], { embedder: batched(fake) })
    expect(asked.reduce((sum, texts) => sum + texts)).toBe(400)
    expect(asked.length).toBeLessThanOrEqual(8)
  })

  it('tells of bad parts as they come, not at the end', async () => {
    let told = 0
    const parser: Parser = async function* parse(file, options) {
      for (let line = 1; line <= 10; line++) {
        options?.onSkipped?.({ path: file.path, line, reason: 'damaged', message: 'bad' })
        await Promise.resolve()
        seen.push(told)
      }
      yield { id: 'good', text: 'good' }
    }
    const seen: number[] = []
    await lastValueFrom(ingest([lineFile('a', {})], { store: memoryStore(), parser }).pipe(tap(({ type }) => (told += Number(type === 'skipped')))))

    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  })

  it.each([['memoryStore', () => memoryStore()], ['sqliteStore', () => sqliteStore(':memory:')]] as const)('keeps a document whose id has half a character: %s', async (_, open) => {
    const store = open()
    const parser: Parser = async function* parse() {
      yield { id: 'half \ud800', text: 'first' }
      yield { id: 'half \udc00', text: 'second' }
    }
    const events = await eventsOf(store, [lineFile('a', {})], { parser })

    expect(await idsIn(store)).toEqual(['half \ufffd'])
    expect(events).toContainEqual(expect.objectContaining({ type: 'skipped', reason: 'duplicate' }))
    expect(events.at(-1)).toMatchObject({ documents: 1, skipped: 1 })
  })

  it('writes what it read of a file before it removes it, when the file turns out to be damaged', async () => {
    const store = memoryStore()
    const parser: Parser = async function* parse() {
      for (let number = 0; number < 100; number++) yield { id: `a#${number}`, text: `text ${number}` }
      throw new SkippedError('damaged', 'it is damaged')
    }
    const embedder: Embedder = { id: 'late', embed: (texts) => timer(5).pipe(map(() => texts.map(() => Float32Array.of(1)))) }
    const writes: string[] = []
    const noted: PassageStore = {
      ...store,
      upsert: (...given) => store.upsert(...given).pipe(tap(() => writes.push('upsert'))),
      commitFile: (...given) => store.commitFile(...given).pipe(tap(() => writes.push('commit'))),
    }

    expect(await ingested(noted, [lineFile('a', {})], { parser, embedder })).toMatchObject({ skipped: 1, documents: 100 })
    expect(writes).toEqual(['commit', ...Array.from({ length: 100 }, () => 'upsert'), 'commit'])
    expect(await firstValueFrom(store.stats())).toEqual({ files: 1, documents: 0, passages: 0 })
  })

  it('writes each document of a slow file as it comes', async () => {
    const store = memoryStore()
    const seen: number[] = []
    const parser: Parser = async function* parse() {
      for (let number = 0; number < 5; number++) {
        yield { id: `a#${number}`, text: `text ${number}` }
        await settledTurns()
        seen.push((await firstValueFrom(store.stats())).documents)
      }
    }
    await ingested(store, [lineFile('a', {})], { parser })
    expect(seen).toEqual([1, 2, 3, 4, 5])
  })

  it('tells a parser at once that it is dropped, also one that does not answer, and asks it for no more', async () => {
    const asked: string[] = []
    const parser: Parser = () => ({
      [Symbol.asyncIterator]: () => ({
        next: () => {
          asked.push('next')
          return asked.length < 3 ? Promise.resolve({ done: false, value: { id: `a#${asked.length}`, text: 'text' } }) : new Promise(() => undefined)
        },
        return: () => {
          asked.push('return')
          return Promise.resolve({ done: true, value: undefined })
        },
      }),
    })
    const running = ingest([lineFile('a', {})], { store: memoryStore(), parser }).subscribe()
    await vi.waitUntil(() => asked.length === 3)
    await settledTurns()
    running.unsubscribe()
    expect(asked).toEqual(['next', 'next', 'next', 'return'])
  })

  it('bounds the size of what is worked on, of its metadata too', async () => {
    let [held, most] = [0, 0]
    const megabyte = 'x'.repeat(1024 * 1024)
    const parser: Parser = async function* parse(file) {
      for (let number = 0; number < 20; number++) {
        most = Math.max(most, ++held)
        yield { id: `${file.id}#${number}`, text: 'short', metadata: { long: megabyte } }
      }
    }
    const store = memoryStore()
    const slow: PassageStore = { ...store, upsert: (...given) => timer(1).pipe(mergeMap(() => store.upsert(...given)), tap(() => held--)) }
    await ingested(slow, [lineFile('a', {}), lineFile('b', {}), lineFile('c', {})], { parser })

    expect(most).toBeGreaterThan(2)
    expect(most).toBeLessThanOrEqual(8)
  })

  it('finds what has gone of many changed paths among many files in a time that grows with both', async () => {
    const store = memoryStore()
    const names = Array.from({ length: 40_000 }, (_, number) => `folder ${number % 100}/file ${number}`)
    for (const name of names) await firstValueFrom(store.commitFile({ id: `docs/${name}`, root: '/docs', stamp: '' }, []))
    const within = names.slice(0, 30_000).map((name) => `docs/${name}`)

    // Each of one with each of the other would take minutes.
    const counts = await ingested(store, { ...listing([]), within })

    expect(counts).toMatchObject({ files: 0, removed: 0 })
    expect(await firstValueFrom(store.stats())).toMatchObject({ files: 10_000 })
  })

  describe('when it is interrupted', () => {
    const files = [lineFile('a', { 1: 'apple', 2: 'pear', 3: 'fig' }), lineFile('b', { 1: 'plum' }), lineFile('c', { 1: 'lemon', 2: 'lime' }), lineFile('d', {})]
    const changed = [lineFile('a', { 1: 'apple', 2: 'cherry' }), lineFile('c', { 1: 'lemon', 3: 'melon' }), lineFile('d', {}), lineFile('e', { 1: 'kiwi' })]

    it.each([1, 4])('after any event, the next run ends as if nothing had happened (%d files at once)', async (concurrency) => {
      const clean = memoryStore()
      await ingested(clean, files)
      await ingested(clean, changed)
      const expected = await contentOf(clean)
      const most = (await eventsOf(memoryStore(), files, { concurrency })).length
      for (let first = 0; first <= most; first++) {
        for (let second = 0; second <= most; second++) {
          const store = memoryStore()
          for (const [given, events] of [[files, first], [changed, second]] as const) {
            await lastValueFrom(ingest(listing(given), { store, parser: lineParser(), concurrency }).pipe(take(events)), { defaultValue: undefined })
            await settledTurns()
          }
          await ingested(store, changed, { concurrency })
          expect({ first, second, content: await contentOf(store) }).toEqual({ first, second, content: expected })
        }
      }
    })

    it('while a request for embeddings is in flight, the request is dropped and nothing of that document is stored', async () => {
      const store = memoryStore()
      let [asked, dropped] = [0, 0]
      const embedder: Embedder = {
        id: 'fake',
        embed: (texts) => (++asked < 3 ? of(texts.map(() => Float32Array.of(1))) : timer(3_600_000).pipe(tap({ unsubscribe: () => dropped++ }), mergeMap(() => []))),
      }
      const subscription = ingest(listing(files), { store, parser: lineParser(), embedder, concurrency: 1 }).subscribe()
      await vi.waitUntil(() => asked === 3)

      subscription.unsubscribe()
      await settledTurns()

      expect(dropped).toBe(1)
      expect(await idsIn(store)).toEqual(['docs/a#1', 'docs/a#2'])
      // Noted, so that its documents go if it goes, and with a stamp that no file has, so that it is read again.
      expect(await firstValueFrom(store.files('/docs'))).toEqual([{ id: 'docs/a', root: '/docs', stamp: '' }])
    })

    it('closes the file that it reads', async () => {
      let closed = false
      const parser: Parser = async function* parse() {
        try {
          for (let index = 0; ; index++) yield { id: String(index), text: 'apple' }
        } finally {
          closed = true
        }
      }
      await lastValueFrom(ingest(listing(files), { store: memoryStore(), parser, concurrency: 1 }).pipe(take(5)))
      await settledTurns()

      expect(closed).toBe(true)
    })
  })

  it('ends with the error of the store, or of the listing, and removes nothing', async () => {
    const store = memoryStore()
    await ingested(store, [lineFile('a', { 1: 'apple' }), lineFile('b', { 1: 'pear' })])
    const broken: FileListing = {
      roots: ['/docs'],
      async *[Symbol.asyncIterator]() {
        yield lineFile('a', { 1: 'apple' })
        throw new InputError('the disk went')
      },
    }

    await expect(ingested(store, broken)).rejects.toThrow('the disk went')
    expect(await idsIn(store)).toEqual(['docs/a#1', 'docs/b#1'])
    store.close()
    await expect(ingested(store, [lineFile('c', { 1: 'x' })])).rejects.toMatchObject({ code: 'closed' })
  })

  it('ends with an error of the parser that is not about the file', async () => {
    const parser: Parser = () => {
      throw new TypeError('a bug')
    }

    await expect(ingested(memoryStore(), [lineFile('a', {})], { parser })).rejects.toThrow('a bug')
  })

  it('does nothing before it is subscribed to, and all of it for each subscription', async () => {
    const store = memoryStore()
    const work = ingest(listing([lineFile('a', { 1: 'apple' })]), { store, parser: lineParser() })

    expect(await firstValueFrom(store.stats())).toMatchObject({ documents: 0 })
    expect(await lastValueFrom(work)).toMatchObject({ documents: 1, unchanged: 0 })
    expect(await lastValueFrom(work)).toMatchObject({ documents: 0, unchanged: 1 })
  })

  it('brings an index up to date with a real folder', async () => {
    const folder = folderWith({ 'guide/start.md': '# Start\n\nInstall the apple.', 'notes.jsonl': '{"id":"x","text":"pear"}\n{"text":"fig"}\nbroken\n', 'image.bin': Buffer.from([0, 1, 2, 0, 255]) })
    const aMinuteAgo = new Date(Date.now() - 60_000)
    for (const name of ['guide/start.md', 'notes.jsonl', 'image.bin']) utimesSync(join(folder, name), aMinuteAgo, aMinuteAgo)
    const store = sqliteStore(':memory:')

    const events = await lastValueFrom(ingest(filesIn(folder), { store }).pipe(toArray()))

    expect(events.at(-1)).toMatchObject({ type: 'summary', files: 3, documents: 3, skipped: 2 })
    expect((await firstValueFrom(store.search({ text: 'apple install', topK: 1 })))[0]).toMatchObject({ headings: ['Start'], line: expect.any(Number) })
    expect(await lastValueFrom(ingest(filesIn(folder), { store }))).toMatchObject({ unchanged: 3, documents: 0 })
    store.close()
  })

  it('finds the change of a file that keeps its size, and the time at which it was taken in', async () => {
    const folder = folderWith({ 'note.txt': 'apple' })
    const path = join(folder, 'note.txt')
    const store = memoryStore()
    const counts = () => lastValueFrom(ingest(filesIn(folder), { store }))
    const now = new Date()
    utimesSync(path, now, now)
    await counts()
    writeFileSync(path, 'peach')
    utimesSync(path, now, now)

    expect(await counts()).toMatchObject({ unchanged: 0, documents: 1 })
    expect((await firstValueFrom(store.search({ text: 'peach', topK: 1 })))[0]?.text).toBe('peach')
  })

  it('finds that a file is again what it was, when a change was taken in by half', async () => {
    const store = memoryStore()
    const before = [lineFile('a', { 1: 'apple', 2: 'pear' }, 'before')]
    await ingested(store, before)
    const content = await contentOf(store)

    const changed = ingest(listing([lineFile('a', { 1: 'cherry', 2: 'lemon' }, 'after')]), { store, parser: lineParser() })
    await lastValueFrom(changed.pipe(takeWhile((event) => !('documents' in event) || event.documents < 1)), { defaultValue: undefined })
    expect((await contentOf(store)).prints).not.toEqual(content.prints)

    expect(await ingested(store, before)).toMatchObject({ unchanged: 0, documents: 1 })
    expect(await contentOf(store)).toEqual(content)
  })

  it.each([{ concurrency: 0 }, { embedConcurrency: 0, embedder: { id: 'x', embed: () => of([]) } }, { passageTokens: 0 }])('refuses %o at the call', (options) => {
    expect(() => ingest([], { store: memoryStore(), ...options })).toThrow(expect.objectContaining({ code: 'invalid-option' }))
  })

  it('is an Observable of events', () => {
    expectTypeOf(ingest).returns.toEqualTypeOf(of<IngestEvent>())
  })
})
