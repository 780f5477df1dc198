import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, rmSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { InputError, InvalidOptionError, SkippedError } from '../../src/errors.ts'
import { filesIn, type FilesInOptions } from '../../src/sources/filesIn.ts'
import type { Skipped } from '../../src/types/ports.ts'
import type { SourceFile } from '../../src/types/source.ts'
import { collect } from '../support/collect.ts'
import { folderWith } from '../support/folderWith.ts'

async function list(paths: string | readonly string[], options?: FilesInOptions): Promise<string[]> {
  const ids: string[] = []
  for await (const file of filesIn(paths, options))
    if (file.unlisted === undefined) ids.push(file.id.replace(/^riffle-\w+\//, ''))
  return ids
}

const digest = (content: Buffer) => createHash('sha256').update(content).digest('hex')

async function first(path: string): Promise<SourceFile> {
  for await (const file of filesIn(path)) return file
  throw new Error('no file')
}

async function contentOf(file: SourceFile): Promise<Buffer> {
  return Buffer.concat(await collect(file.read()))
}

function reasons(skipped: readonly Skipped[], root: string): string[] {
  return skipped.map(({ path, reason }) => `${path.slice(root.length + 1)} ${reason}`)
}

describe('filesIn', () => {
  it('lists files in all folders in the bytewise order of their paths, whatever the language', async () => {
    const names = ['b.txt', 'a/z.txt', 'a-b.txt', 'a.txt', 'B.txt', 'a/b/c.txt', 'ä.txt', 'z.txt', '\u{1f600}.txt', '\uffee.txt']
    const root = folderWith(Object.fromEntries(names.map((name) => [name, name])))
    const sorted = names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    expect(await list(root)).toEqual(sorted)
  })

  it('leaves out hidden files, hidden folders and node_modules, at every level', async () => {
    const root = folderWith({
      '.env': '',
      '.git/config': '',
      'node_modules/x/i.js': '',
      'a/node_modules/y.js': '',
      'a/.hidden.md': '',
      'a/b.md': '',
    })
    expect(await list(root)).toEqual(['a/b.md'])
  })

  it('says of each file where it is and how large, with a stamp that changes when it is written', async () => {
    const root = folderWith({ 'ä b.txt': 'four' })
    const file = await first(root)
    expect(file).toMatchObject({ path: join(root, 'ä b.txt'), root, size: 4 })
    expect(file.uri).toMatch(/^file:\/\/.*%C3%A4%20b\.txt$/)
    utimesSync(file.path, 1, 1)
    const older = await first(root)
    writeFileSync(file.path, 'other')
    utimesSync(file.path, 1, 1)
    expect(new Set([file.stamp, older.stamp, (await first(root)).stamp]).size).toBe(3)
  })

  it.each([
    [{ include: '*.md' }, ['a/b.md', 'a/c/d.md', 'e.md']],
    [{ include: ['a/*.md', '*.txt'] }, ['a/b.md', 'f.txt']],
    [{ include: ['c/*.md', 'b.*'] }, ['a/b.md']],
    [{ include: ['/e.md', '**/d.md'] }, ['a/c/d.md', 'e.md']],
    [{ exclude: 'a' }, ['e.md', 'f.txt']],
    [{ exclude: 'c' }, ['a/b.md', 'e.md', 'f.txt']],
    [{ exclude: ['a/**', './f.txt'] }, ['e.md']],
    [{ exclude: 'a/c/' }, ['a/b.md', 'e.md', 'f.txt']],
    [{ include: '*.md', exclude: 'd.*' }, ['a/b.md', 'e.md']],
  ])('keeps to the globs %j', async (options, expected) => {
    const root = folderWith({ 'a/b.md': '', 'a/c/d.md': '', 'e.md': '', 'f.txt': '' })
    expect(await list(root, options)).toEqual(expected)
  })

  it('passes over files larger than the limit and says so, but not those read line by line', async () => {
    const root = folderWith({ 'a.txt': '12345', 'b.txt': '123456', 'c.jsonl': '1234567', 'd.NDJSON': '1234567' })
    const skipped: Skipped[] = []
    expect(await list(root, { maxFileBytes: 5, onSkipped: (item) => skipped.push(item) })).toEqual([
      'a.txt',
      'c.jsonl',
      'd.NDJSON',
    ])
    expect(reasons(skipped, root)).toEqual(['b.txt too-large'])
  })

  it('follows links inside the folder once, survives loops, and never leaves the folder', async () => {
    const outside = folderWith({ 'secret.txt': 'secret', 'folder/secret.txt': 'secret' })
    const root = folderWith({ 'real/a.txt': 'a', '.kept/b.txt': 'b', '.kept/deep/c.txt': 'c' })
    symlinkSync(join(root, 'real/a.txt'), join(root, '1-link-to-listed-file'))
    symlinkSync('real', join(root, '2-link-to-listed-folder'))
    symlinkSync('.kept', join(root, '3-link-to-hidden-folder'))
    symlinkSync('.kept/b.txt', join(root, '4-link-to-what-3-has'))
    symlinkSync('..', join(root, 'real/loop'))
    symlinkSync(join(root, '.kept'), join(root, '.kept/loop'))
    symlinkSync('self', join(root, 'self'))
    symlinkSync(join(outside, 'secret.txt'), join(root, 'out-file'))
    symlinkSync(join(outside, 'folder'), join(root, 'out-folder'))
    symlinkSync('nowhere', join(root, 'broken'))
    const skipped: Skipped[] = []
    expect(await list(root, { onSkipped: (item) => skipped.push(item) })).toEqual([
      '3-link-to-hidden-folder/b.txt',
      '3-link-to-hidden-folder/deep/c.txt',
      'real/a.txt',
    ])
    expect(reasons(skipped, root).toSorted()).toEqual([
      'broken unreadable',
      'out-file unsupported',
      'out-folder unsupported',
      'self unreadable',
    ])
  })

  it('is not led outside by a folder whose name only begins like the root', async () => {
    const parent = folderWith({ 'docs/a.txt': '', 'docs-secret/b.txt': '' })
    symlinkSync('../docs-secret', join(parent, 'docs/link'))
    expect(await list(join(parent, 'docs'))).toEqual(['docs/a.txt'])
  })

  it('reads a file that was swapped for a link after listing as unreadable, not as what the link leads to', async () => {
    const outside = folderWith({ 'secret.txt': 'secret' })
    const root = folderWith({ 'a.txt': 'a' })
    const file = await first(root)
    rmSync(file.path)
    symlinkSync(join(outside, 'secret.txt'), file.path)
    await expect(contentOf(file)).rejects.toMatchObject({ reason: 'unreadable' })
  })

  it.skipIf(process.platform === 'win32')('never opens a pipe, neither when listing nor when a file became one', async () => {
    const root = folderWith({ 'a.txt': 'a' })
    execFileSync('mkfifo', [join(root, 'pipe')])
    const skipped: Skipped[] = []
    expect(await list(root, { onSkipped: (item) => skipped.push(item) })).toEqual(['a.txt'])
    expect(reasons(skipped, root)).toEqual(['pipe unsupported'])
    const file = await first(root)
    rmSync(file.path)
    execFileSync('mkfifo', [file.path])
    await expect(contentOf(file)).rejects.toMatchObject({ reason: 'unsupported' })
    await expect(list(join(root, 'pipe'))).rejects.toThrow(/pipe: it is neither a file nor a folder$/)
  })

  it.skipIf(process.getuid?.() === 0)('passes over a folder that may not be read, and the rest goes on', async () => {
    const root = folderWith({ 'a/x.txt': '', 'b/y.txt': '' })
    chmodSync(join(root, 'a'), 0)
    const skipped: Skipped[] = []
    expect(await list(root, { onSkipped: (item) => skipped.push(item) })).toEqual(['b/y.txt'])
    chmodSync(join(root, 'a'), 0o700)
    expect(reasons(skipped, root)).toEqual(['a unreadable'])
  })

  it('passes over a folder that went away while listing, and the rest goes on', async () => {
    const root = folderWith({ 'a.txt': '', 'b/x.txt': '', 'c.txt': '' })
    const skipped: Skipped[] = []
    const ids: string[] = []
    for await (const file of filesIn(root, { onSkipped: (item) => skipped.push(item) })) {
      if (file.unlisted === undefined) ids.push(file.id.split('/').at(-1)!)
      rmSync(join(root, 'b'), { recursive: true, force: true })
    }
    expect(ids).toEqual(['a.txt', 'c.txt'])
    expect(reasons(skipped, root)).toEqual(['b unreadable'])
  })

  it('lists what cannot be read in its place, with the reason, and reading it fails with that', async () => {
    const root = folderWith({ 'a.txt': '12345', 'b.txt': '1', 'd.txt': '1' })
    symlinkSync('nowhere', join(root, 'c.txt'))
    const files = await collect(filesIn(root, { maxFileBytes: 4 }))
    expect(files.map(({ id, unlisted }) => [id.split('/').at(-1), unlisted?.reason])).toEqual([
      ['a.txt', 'too-large'],
      ['b.txt', undefined],
      ['c.txt', 'unreadable'],
      ['d.txt', undefined],
    ])
    for (const file of files.filter(({ unlisted }) => unlisted !== undefined))
      await expect(contentOf(file)).rejects.toBe(file.unlisted)
  })

  it('says which folders and files it was asked for, without a look at them', () => {
    expect(filesIn(['/a/b/', '/a/c/../b', '/d']).roots).toEqual(['/a/b', '/d'])
  })

  it('lists a folder only when it is reached', async () => {
    const root = folderWith({ 'a.txt': '', 'b/x.txt': '' })
    const ids: string[] = []
    for await (const file of filesIn(root)) {
      if (ids.length === 0) writeFileSync(join(root, 'b/y.txt'), '')
      ids.push(file.id.split('/').at(-1)!)
    }
    expect(ids).toEqual(['a.txt', 'x.txt', 'y.txt'])
  })

  it('takes single files, hidden ones and links too, by their name', async () => {
    const root = folderWith({ 'a.md': 'text', '.hidden.md': '' })
    symlinkSync('a.md', join(root, 'link.md'))
    expect(await list([join(root, 'a.md'), join(root, '.hidden.md'), join(root, 'link.md')])).toEqual([
      'a.md',
      '.hidden.md',
      'link.md',
    ])
    expect((await contentOf(await first(join(root, 'link.md')))).toString()).toBe('text')
  })

  it('takes a path given twice once, and tells folders of the same name apart', async () => {
    const root = folderWith({ 'x/docs/a.md': '', 'y/docs/a.md': '' })
    const [x, y] = [join(root, 'x/docs'), join(root, 'y/docs')]
    expect(await list([x, `${x}/`, y])).toEqual(['x/docs/a.md', 'y/docs/a.md'])
    expect(await list(x)).toEqual(['docs/a.md'])
  })

  it('fails with one line that names a missing path, before any file comes', async () => {
    const root = folderWith({ 'a.md': '' })
    const seen = vi.fn()
    const missing = join(root, 'missing')
    const attempt = (async () => {
      for await (const file of filesIn([root, missing])) seen(file)
    })()
    await expect(attempt).rejects.toThrow(InputError)
    await expect(attempt).rejects.toThrow(`Cannot read ${missing}: it does not exist`)
    expect(seen).not.toHaveBeenCalled()
  })

  it('lists an empty folder as nothing', async () => {
    const root = folderWith()
    mkdirSync(join(root, 'empty'))
    expect(await list(root)).toEqual([])
  })

  it('reads the same bytes that lie on disk, in blocks, and closes the file when one stops early', async () => {
    const bytes = Buffer.alloc(1_000_001, 'abcdefg')
    const file = await first(folderWith({ 'a.txt': bytes }))
    expect(digest(await contentOf(file))).toBe(digest(bytes))
    for (let round = 0; round < 2000; round += 1) for await (const block of file.read()) if (block.length > 0) break
    expect((await contentOf(file)).length).toBe(bytes.length)
  })

  it('fails with a reason when a file has gone, and reads one that has shrunk to its end', async () => {
    const root = folderWith({ 'a.txt': '123456789' })
    const file = await first(root)
    truncateSync(file.path, 3)
    expect((await contentOf(file)).toString()).toBe('123')
    rmSync(file.path)
    await expect(contentOf(file)).rejects.toThrow(SkippedError)
    await expect(contentOf(file)).rejects.toThrow(`Cannot read ${file.path}: it does not exist`)
  })

  it('refuses bad options at the call', () => {
    expect(() => filesIn('.', { maxFileBytes: 0 })).toThrow(InvalidOptionError)
    expect(() => filesIn('.', { include: '' })).toThrow(InvalidOptionError)
    expect(() => filesIn('.', { exclude: ['a', ''] })).toThrow(InvalidOptionError)
  })
})
