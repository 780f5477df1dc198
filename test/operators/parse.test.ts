import { firstValueFrom, from, lastValueFrom, map, of, range, Subject, toArray } from 'rxjs'
import { describe, expect, it, vi } from 'vitest'
import { InvalidOptionError, SkippedError } from '../../src/errors.ts'
import { parse } from '../../src/operators/parse.ts'
import type { Parser, Skipped } from '../../src/types/ports.ts'
import type { SourceFile } from '../../src/types/source.ts'
import { marbles } from '../support/marbles.ts'
import { memoryFile } from '../support/memoryFile.ts'

const readNothing: Parser = async function* (file) {
  yield { id: file.id, text: '' }
}

const breakOff: Parser = async function* (file) {
  yield { id: file.id, text: 'first' }
  throw new SkippedError('damaged', 'broke off')
}

function complain(): never {
  throw new Error('enough')
}

const settle = () => new Promise((resolve) => setImmediate(resolve))

describe('parse', () => {
  it('reads files into documents in order, several from one file', async () => {
    const files = from([memoryFile('b.md', '# B'), memoryFile('a.jsonl', '{"text":"1"}\n{"text":"2"}'), memoryFile('c.txt', 'c')])
    const documents = await lastValueFrom(files.pipe(parse(), toArray()))
    expect(documents.map(({ id }) => id)).toEqual(['docs/b.md', 'docs/a.jsonl#1', 'docs/a.jsonl#2', 'docs/c.txt'])
  })

  it('passes over what cannot be read and tells of it', async () => {
    const skipped: Skipped[] = []
    const files = from([memoryFile('a.txt', 'a'), memoryFile('b.txt', Buffer.from([0, 1])), memoryFile('c.txt', 'c')])
    const documents = await lastValueFrom(files.pipe(parse({ onSkipped: (item) => skipped.push(item) }), toArray()))
    expect(documents.map(({ text }) => text)).toEqual(['a', 'c'])
    expect(skipped).toEqual([{ path: '/docs/b.txt', reason: 'binary', message: '/docs/b.txt is no text' }])
  })

  it('passes over silently when nobody wants to know', async () => {
    expect(await lastValueFrom(of(memoryFile('b.txt', Buffer.from([0, 1]))).pipe(parse(), toArray()))).toEqual([])
  })

  it("hands its options to a parser of one's own, and ends with that one's other errors", async () => {
    const parser = vi.fn<Parser>(async function* (file) {
      yield { id: file.id, text: 'own' }
      throw new Error('a bug')
    })
    const seen: string[] = []
    const run = of(memoryFile('a', '')).pipe(
      parse({ parser, timeoutMs: 5 }),
      map(({ text }) => seen.push(text)),
    )
    await expect(lastValueFrom(run)).rejects.toThrow('a bug')
    expect(seen).toHaveLength(1)
    expect(parser.mock.calls[0]![1]).toEqual({ timeoutMs: 5 })
  })

  it('keeps the documents that came before a file broke off', async () => {
    expect(await lastValueFrom(of(memoryFile('a', '')).pipe(parse({ parser: breakOff }), toArray()))).toHaveLength(1)
  })

  it('ends with what onSkipped throws', async () => {
    await expect(
      lastValueFrom(of(memoryFile('a.txt', Buffer.from([0]))).pipe(parse({ onSkipped: complain }), toArray())),
    ).rejects.toThrow('enough')
  })

  it('passes errors, the end and silence of its source on', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const pictures = [
        ['|    ', '(^!)'],
        ['--|  ', '^-!  '],
        ['--#  ', '^-!  '],
        ['-----', '^    '],
      ] as const
      for (const [picture, subscription] of pictures) {
        const source = cold<SourceFile>(picture)
        expectObservable(source.pipe(parse())).toBe(picture)
        expectSubscriptions(source.subscriptions).toBe(subscription)
      }
    })
  })

  it('drops its source and closes the open file when it is dropped', async () => {
    const file = memoryFile('a.jsonl', '{"text":"1"}\n{"text":"2"}\n', 13)
    const source = new Subject<SourceFile>()
    const subscription = source.pipe(parse()).subscribe(() => subscription.unsubscribe())
    source.next(file)
    await vi.waitFor(() => expect(file.closed()).toBe(1))
    expect(source.observed).toBe(false)
  })

  it('closes what a parser has open as soon as that one answers, when it is dropped while waiting', async () => {
    const end = vi.fn()
    const answered = new Subject<void>()
    const parser: Parser = async function* (file) {
      try {
        await firstValueFrom(answered)
        yield { id: file.id, text: '' }
      } finally {
        end()
      }
    }
    const seen = vi.fn()
    const subscription = of(memoryFile('a', '')).pipe(parse({ parser })).subscribe(seen)
    await settle()
    subscription.unsubscribe()
    answered.next()
    await settle()
    expect(end).toHaveBeenCalledTimes(1)
    expect(seen).not.toHaveBeenCalled()
  })

  it('reads 10,000 files that were pushed at once', async () => {
    const files = range(0, 10_000).pipe(map((index) => memoryFile(String(index), '')))
    const ids = await lastValueFrom(
      files.pipe(
        parse({ parser: readNothing }),
        map(({ id }) => id),
        toArray(),
      ),
    )
    expect([ids.length, ids[0], ids.at(-1)]).toEqual([10_000, 'docs/0', 'docs/9999'])
  })

  it('refuses a bad time limit at the call', () => {
    expect(() => parse({ timeoutMs: -1 })).toThrow(InvalidOptionError)
  })
})
