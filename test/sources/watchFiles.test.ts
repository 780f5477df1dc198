import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { InputError, InvalidOptionError } from '../../src/errors.ts'
import { createPendingPaths } from '../../src/sources/pendingPaths.ts'
import { type ChangedFiles, type WatchFilesOptions, watchFiles } from '../../src/sources/watchFiles.ts'
import type { SourceFile } from '../../src/types/source.ts'
import { folderWith } from '../support/folderWith.ts'

const read = async (files: ChangedFiles): Promise<SourceFile[]> => {
  const all: SourceFile[] = []
  for await (const file of files) all.push(file)
  return all
}
const belowRoot = (ids: readonly string[]) => ids.map((id) => id.split('/').slice(1).join('/'))

/** Watches, and takes the first listing, which is of everything. */
async function start(paths: string | readonly string[], options: WatchFilesOptions = {}) {
  const iterator = watchFiles(paths, { debounceMs: 30, rescanMs: Infinity, ...options })[Symbol.asyncIterator]()
  onTestFinished(async () => void (await iterator.return?.()))
  const next = async () => {
    const { value, done } = await iterator.next()
    if (done === true) throw new Error('Expected a listing')
    const files = await read(value)
    return { whole: value.whole, within: belowRoot(value.within ?? []), ids: belowRoot(files.map(({ id }) => id)), files }
  }
  /** Listings until one names this path: systems may tell of one change twice. */
  const nextOf = async (path: string) => {
    for (;;) {
      const listing = await next()
      if (listing.whole || listing.within.some((part) => part === path)) return listing
    }
  }
  const first = await next()
  return { iterator, next, nextOf, first }
}

describe('watchFiles', () => {
  it('lists everything, and then what changed and nothing else', async () => {
    const folder = folderWith({ 'a.txt': 'a', 'sub/b.txt': 'b', 'sub/c.txt': 'c' })
    const { first, nextOf } = await start(folder)
    expect(first).toMatchObject({ whole: true, ids: ['a.txt', 'sub/b.txt', 'sub/c.txt'] })

    writeFileSync(join(folder, 'sub/b.txt'), 'b2')
    expect(await nextOf('sub/b.txt')).toMatchObject({ whole: false, ids: ['sub/b.txt'] })

    rmSync(join(folder, 'sub/c.txt'))
    expect(await nextOf('sub/c.txt')).toMatchObject({ whole: false, ids: [] })
  })

  it('tells that a file changed whose size and time are as before', async () => {
    const folder = folderWith({ 'a.txt': 'one' })
    const time = new Date('2026-01-01')
    utimesSync(join(folder, 'a.txt'), time, time)
    const { first, nextOf } = await start(folder)

    writeFileSync(join(folder, 'a.txt'), 'two')
    utimesSync(join(folder, 'a.txt'), time, time)
    const { files } = await nextOf('a.txt')

    expect(files[0]?.stamp).toBe(first.files[0]?.stamp)
    expect(files[0]?.changed).toBe(true)
  })

  it('hears of what is written into new folders, moved folders, and where a folder was moved to', async () => {
    const folder = folderWith({ 'a/deep/er/x.txt': 'x' })
    const { nextOf } = await start(folder)

    mkdirSync(join(folder, 'new/in/side'), { recursive: true })
    writeFileSync(join(folder, 'new/in/side/y.txt'), 'y')
    expect((await nextOf('new')).ids).toEqual(['new/in/side/y.txt'])
    writeFileSync(join(folder, 'new/in/side/z.txt'), 'z')
    expect((await nextOf('new/in/side/z.txt')).ids).toEqual(['new/in/side/z.txt'])

    renameSync(join(folder, 'a'), join(folder, 'b'))
    expect((await nextOf('b')).ids).toEqual(['b/deep/er/x.txt'])
    writeFileSync(join(folder, 'b/deep/er/x.txt'), 'x2')
    expect((await nextOf('b/deep/er/x.txt')).ids).toEqual(['b/deep/er/x.txt'])

    mkdirSync(join(folder, 'a/deep/er'), { recursive: true })
    writeFileSync(join(folder, 'a/deep/er/again.txt'), 'x')
    expect((await nextOf('a')).ids).toEqual(['a/deep/er/again.txt'])
    writeFileSync(join(folder, 'a/deep/er/again.txt'), 'x2')
    expect((await nextOf('a/deep/er/again.txt')).ids).toEqual(['a/deep/er/again.txt'])
  })

  it('says nothing of hidden files, node_modules, and what the globs leave out', async () => {
    const folder = folderWith({ 'a.md': 'a', 'drafts/b.md': 'b' })
    const { next } = await start(folder, { include: '*.md', exclude: ['drafts', 'index.sqlite*'] })

    for (const name of ['.hidden.md', 'drafts/c.md', 'index.sqlite-wal']) writeFileSync(join(folder, name), 'x')
    mkdirSync(join(folder, 'node_modules'))
    await pause(60)
    writeFileSync(join(folder, 'last.md'), 'x')

    expect(await next()).toMatchObject({ within: ['last.md'], ids: ['last.md'] })
  })

  it('lists a file that is given, also when an editor replaces it', async () => {
    const folder = folderWith({ 'notes.md': 'a', 'other.md': 'b' })
    const { first, next } = await start(join(folder, 'notes.md'))
    expect(first.files.map(({ id }) => id)).toEqual(['notes.md'])

    writeFileSync(join(folder, 'other.md'), 'b2')
    writeFileSync(join(folder, 'notes.md~'), 'a2')
    renameSync(join(folder, 'notes.md~'), join(folder, 'notes.md'))

    expect((await next()).files).toMatchObject([{ id: 'notes.md', changed: true }])
  })

  it('lists a folder that has gone as unreadable, and again when it is back', async () => {
    const folder = folderWith({ 'docs/a.txt': 'a', 'other/b.txt': 'b' })
    const docs = join(folder, 'docs')
    const { next } = await start([docs, join(folder, 'other')])

    rmSync(docs, { recursive: true })
    let gone = await next()
    while (gone.files.length === 0) gone = await next()
    expect(gone.files).toMatchObject([{ id: 'docs', unlisted: { reason: 'unreadable', message: `Cannot read ${docs}: it does not exist. What was taken from it stays until it is back` } }])

    mkdirSync(docs)
    writeFileSync(join(docs, 'new.txt'), 'new')
    let back = await next()
    while (back.files[0]?.id !== 'docs/new.txt') back = await next()
    writeFileSync(join(docs, 'newer.txt'), 'newer')
    while (back.files[0]?.id !== 'docs/newer.txt') back = await next()
  })

  it('lists everything when a link is among the files, also after a change of what only the link leads to', async () => {
    const folder = folderWith({ '.hidden/real.txt': 'r', 'a.txt': 'a' })
    symlinkSync(join(folder, '.hidden/real.txt'), join(folder, 'link.txt'))
    const { first, next } = await start(folder)
    expect(first.ids).toEqual(['a.txt', 'link.txt'])

    writeFileSync(join(folder, '.hidden/real.txt'), 'r2 is longer')

    const changed = await next()
    expect(changed).toMatchObject({ whole: true, ids: ['a.txt', 'link.txt'] })
    expect(changed.files[1]?.stamp).not.toBe(first.files[1]?.stamp)
  })

  it.skipIf(process.getuid?.() === 0)('goes on when a folder may no longer be read, and when it may again', async () => {
    const folder = folderWith({ 'sub/a.txt': 'a' })
    const { nextOf } = await start(folder)

    chmodSync(join(folder, 'sub'), 0)
    expect((await nextOf('sub')).files).toMatchObject([{ unlisted: { reason: 'unreadable' } }])
    chmodSync(join(folder, 'sub'), 0o755)
    expect((await nextOf('sub')).ids).toEqual(['sub/a.txt'])
  })

  it('lists everything when it is time to', async () => {
    const folder = folderWith({ 'a.txt': 'a' })
    const { next } = await start(folder, { rescanMs: 20 })

    expect(await next()).toMatchObject({ whole: true, ids: ['a.txt'] })
  })

  it('lists everything after more events than the system may keep', async () => {
    const folder = folderWith({ 'a.txt': 'a', 'b.txt': 'b' })
    const { next } = await start(folder)
    // Nothing is heard before this returns: the queue of Linux, 16,384 long, overflows.
    for (let round = 0; round < 10_000; round++) for (const name of ['a.txt', 'b.txt']) chmodSync(join(folder, name), 0o644)
    writeFileSync(join(folder, 'last.txt'), 'lost')

    let listing = await next()
    while (!listing.whole) listing = await next()
    expect(listing.ids).toEqual(['a.txt', 'b.txt', 'last.txt'])
  })

  it('takes what changes during a run with the next, once', async () => {
    const folder = folderWith({ 'a.txt': 'a' })
    const { nextOf, iterator } = await start(folder)
    for (let round = 0; round < 20; round++) {
      writeFileSync(join(folder, 'b.txt'), `b${round}`)
      writeFileSync(join(folder, 'c.txt'), `c${round}`)
      await pause(5)
    }
    await pause(60)

    expect((await nextOf('b.txt')).ids).toEqual(['b.txt', 'c.txt'])
    const quiet = await Promise.race([iterator.next(), pause(200, 'nothing')])
    expect(quiet).toBe('nothing')
  })

  it('ends at once when nobody wants more, while it waits too', async () => {
    const iterator = watchFiles(folderWith({ 'a.txt': 'a' }))[Symbol.asyncIterator]()
    await read((await iterator.next()).value as ChangedFiles)
    const waiting = iterator.next()

    await iterator.return?.()

    expect(await waiting).toEqual({ done: true, value: undefined })
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
  })

  it('fails when one of the paths is missing at first, and at the call when an option cannot work', async () => {
    const folder = folderWith()
    const { value } = await watchFiles([folder, join(folder, 'none')])[Symbol.asyncIterator]().next()

    await expect(read(value as ChangedFiles)).rejects.toThrow(InputError)
    expect(() => watchFiles(folder, { debounceMs: 0 })).toThrow(InvalidOptionError)
    expect(() => watchFiles(folder, { rescanMs: Number.NaN })).toThrow(InvalidOptionError)
    expect(() => watchFiles(folder, { include: '' })).toThrow(InvalidOptionError)
  })
})

describe('createPendingPaths', () => {
  it('holds a path until nothing was heard of it for a while, each for itself', () => {
    const pending = createPendingPaths(200)
    pending.mark('a', true, 0)
    pending.mark('b', false, 100)
    pending.mark('a', false, 150)

    expect(pending.dueAt()).toBe(300)
    expect([...pending.take(299)]).toEqual([])
    expect([...pending.take(300)]).toEqual([['b', false]])
    expect([...pending.take(350)]).toEqual([['a', true]])
    expect(pending.dueAt()).toBe(Infinity)
  })

  it('gives out a path that is never quiet after ten times as long', () => {
    const pending = createPendingPaths(200)
    for (let now = 0; now < 2000; now += 100) {
      expect([...pending.take(now)]).toEqual([])
      pending.mark('log', true, now)
    }

    expect([...pending.take(2000)]).toEqual([['log', true]])
  })
})
