import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { firstValueFrom, lastValueFrom, take, tap, toArray, type Observable } from 'rxjs'
import { describe, expect, it, vi } from 'vitest'
import { InputError, InvalidOptionError } from '../../src/errors.ts'
import { fromDirectory } from '../../src/sources/fromDirectory.ts'
import { fromFiles } from '../../src/sources/fromFiles.ts'
import { fromStdin } from '../../src/sources/fromStdin.ts'
import { fromText } from '../../src/sources/fromText.ts'
import type { Document } from '../../src/types/document.ts'
import type { Parser, Skipped } from '../../src/types/ports.ts'
import { collect } from '../support/collect.ts'
import { folderWith } from '../support/folderWith.ts'

const vanish: Parser = async function* (file) {
  if (file.path.endsWith('b.txt')) rmSync(file.path)
  yield { id: file.id, text: String((await collect(file.read())).length) }
}

const fail: Parser = () => {
  throw new Error('a bug')
}

function streamOf(...blocks: (string | Uint8Array)[]): PassThrough {
  const stream = new PassThrough()
  for (const block of blocks) stream.write(block)
  stream.end()
  return stream
}

const all = (documents: Observable<Document>) => lastValueFrom(documents.pipe(toArray()), { defaultValue: [] })

describe('fromDirectory and fromFiles', () => {
  it('emit the documents of all files in order, and tell of what cannot be read', async () => {
    const root = folderWith({
      'b.md': '# B',
      'a.bin': Buffer.from([0, 1, 2]),
      'c/d.txt': 'd',
      'e.jsonl': '{"text":"1"}\n{bad\n{"text":"3"}',
    })
    const skipped: Skipped[] = []
    const documents = await all(fromDirectory(root, { onSkipped: (item) => skipped.push(item) }))
    expect(documents.map(({ text, title }) => [text, title])).toEqual([
      ['# B', 'B'],
      ['d', undefined],
      ['1', undefined],
      ['3', undefined],
    ])
    expect(skipped.map(({ path, line, reason }) => [path.slice(root.length + 1), line, reason])).toEqual([
      ['a.bin', undefined, 'binary'],
      ['e.jsonl', 2, 'damaged'],
    ])
  })

  it('go on when a file has gone between listing and reading', async () => {
    const root = folderWith({ 'a.txt': 'a', 'b.txt': 'b', 'c.txt': 'c' })
    const skipped: Skipped[] = []
    const documents = fromFiles(root, { onSkipped: (item) => skipped.push(item) })
    expect((await all(documents)).length).toBe(3)
    expect((await all(fromFiles(root, { parser: vanish, onSkipped: (item) => skipped.push(item) }))).length).toBe(2)
    expect(skipped.map(({ reason }) => reason)).toEqual(['unreadable'])
  })

  it('tell once of what could not even be listed', async () => {
    const root = folderWith({ 'a.txt': '12345', 'b.txt': '1' })
    const skipped: Skipped[] = []
    const onSkipped = (item: Skipped) => skipped.push(item)
    expect((await all(fromFiles(root, { maxFileBytes: 4, onSkipped }))).map(({ text }) => text)).toEqual(['1'])
    expect(skipped.map(({ reason }) => reason)).toEqual(['too-large'])
  })

  it('read no further than is asked for', async () => {
    const root = folderWith({ 'a.txt': 'a', 'b.txt': 'b', 'c.txt': 'c' })
    const opened = vi.fn()
    const parser: Parser = async function* (file) {
      opened(file.id)
      yield { id: file.id, text: '' }
    }
    await firstValueFrom(fromDirectory(root, { parser }))
    await new Promise((resolve) => setImmediate(resolve))
    expect(opened).toHaveBeenCalledTimes(1)
  })

  it('end with an error that is no skipped file', async () => {
    const root = folderWith({ 'a.txt': 'a' })
    await expect(all(fromDirectory(root, { parser: fail }))).rejects.toThrow('a bug')
  })

  it('refuse a missing path, a file for a folder, and bad options', async () => {
    const root = folderWith({ 'a.txt': 'a' })
    await expect(all(fromDirectory(join(root, 'none')))).rejects.toThrow(InputError)
    await expect(all(fromDirectory(join(root, 'a.txt')))).rejects.toThrow(/Expected a folder/)
    expect((await all(fromFiles([join(root, 'a.txt')]))).map(({ id }) => id)).toEqual(['a.txt'])
    expect(() => fromFiles(root, { timeoutMs: 0 })).toThrow(InvalidOptionError)
  })
})

describe('fromText', () => {
  it('emits one document', async () => {
    expect(await all(fromText('some text'))).toEqual([{ id: 'text', text: 'some text' }])
    expect(await all(fromText('', { id: 'a', title: 'A' }))).toEqual([{ id: 'a', text: '', title: 'A' }])
  })
})

describe('fromStdin', () => {
  it('emits all of the input as one document, whatever its encoding and cuts', async () => {
    expect(await all(fromStdin({ stream: streamOf('caf', Buffer.from([0xc3]), Buffer.from([0xa9])) }))).toEqual([
      { id: 'stdin', text: 'café' },
    ])
    expect(await all(fromStdin({ stream: streamOf(Buffer.from('\ufeffé', 'utf16le')), id: 'x', title: 'T' }))).toEqual([
      { id: 'x', text: 'é', title: 'T' },
    ])
    expect(await all(fromStdin({ stream: streamOf() }))).toEqual([{ id: 'stdin', text: '' }])
  })

  it('refuses binary and too large input in one line', async () => {
    await expect(all(fromStdin({ stream: streamOf(Buffer.from([0, 1, 2, 3])) }))).rejects.toThrow(
      'Expected text on standard input, got binary data',
    )
    await expect(all(fromStdin({ stream: streamOf('12345'), maxBytes: 4 }))).rejects.toThrow(
      'Standard input is larger than 4 bytes',
    )
  })

  it('closes the input when it is dropped while waiting', async () => {
    const stream = new PassThrough()
    const subscription = fromStdin({ stream }).pipe(take(1), tap()).subscribe()
    await new Promise((resolve) => setImmediate(resolve))
    subscription.unsubscribe()
    expect(stream.destroyed).toBe(true)
  })
})
