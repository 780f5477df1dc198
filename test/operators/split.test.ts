import { Subject, from, lastValueFrom, map, of, range, take, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { InvalidOptionError } from '../../src/errors.ts'
import { tiktoken } from '../../src/models/tiktoken.ts'
import { split, splitterName } from '../../src/operators/split.ts'
import type { Document } from '../../src/types/document.ts'
import type { Tokenizer } from '../../src/types/ports.ts'
import { marbles } from '../support/marbles.ts'

const words: Tokenizer = { id: 'words', exact: true, count: (text) => text.match(/\S+/g)?.length ?? 0 }
const documents: Record<string, Document> = { a: { id: 'a', text: 'a1 a2' }, b: { id: 'b', text: 'b1' }, e: { id: 'e', text: ' ' } }
const ids = split({ tokenizer: words, passageTokens: 1, overlapTokens: 0 })

describe('split', () => {
  it('emits the passages of each document as it comes', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('  a---e---b---|', documents)
      const subscription = ' ^-----------!'
      const expected = '     (xy)----z---|'

      const result = source.pipe(ids, map(({ id }) => id))

      expectObservable(result).toBe(expected, { x: 'a#0', y: 'a#1', z: 'b#0' })
      expectSubscriptions(source.subscriptions).toBe(subscription)
    })
  })

  it('is empty, silent or fails as its source does', () => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold<Document>('--|').pipe(split())).toBe('--|')
      expectObservable(cold<Document>('---').pipe(split())).toBe('---')
      expectObservable(cold('b-#', documents).pipe(ids, map(({ id }) => id))).toBe('z-#', { z: 'b#0' })
    })
  })

  it('fails with what the tokenizer throws, and drops the source', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('--a--b--|', documents)
      const failing: Tokenizer = { ...words, count: () => { throw new Error('no table') } }
      expectObservable(source.pipe(split({ tokenizer: failing }))).toBe('--#', undefined, new Error('no table'))
      expectSubscriptions(source.subscriptions).toBe('^-!')
    })
  })

  it('drops the source when it is dropped', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('b-b-b-b-|', documents)
      expectObservable(source.pipe(ids, map(({ id }) => id)), '^--!').toBe('z-z', { z: 'b#0' })
      expectSubscriptions(source.subscriptions).toBe('^--!')
    })
  })

  it('does not cut the rest of a document that nobody wants', async () => {
    let counted = 0
    const counting: Tokenizer = { ...words, count: (text) => (counted++, words.count(text)) }
    const long = { id: 'l', text: 'Some words here. '.repeat(10_000) }
    await lastValueFrom(of(long).pipe(split({ tokenizer: counting, passageTokens: 50 }), take(2)))
    expect(counted).toBeLessThan(200)
  })

  it('goes through ten thousand documents that come at once', async () => {
    const many = range(0, 10_000).pipe(map((index): Document => ({ id: String(index), text: `Document ${index}.` })))
    const passages = await lastValueFrom(many.pipe(split(), toArray()))
    expect(passages.length).toBe(10_000)
    expect(passages.at(-1)?.text).toBe('Document 9999.')
  })

  it('keeps the order of documents that are pushed while one is cut', () => {
    const source = new Subject<Document>()
    const seen: string[] = []
    source.pipe(ids).subscribe(({ id }) => {
      seen.push(id)
      if (id === 'a#0') source.next({ id: 'b', text: 'b1' })
    })
    source.next({ id: 'a', text: 'a1 a2' })
    expect(seen).toEqual(['a#0', 'a#1', 'b#0'])
  })

  it('estimates tokens unless told otherwise, 1,024 to a passage with 20 repeated', async () => {
    const text = 'This sentence has seven words in it. '.repeat(1_000)
    const passages = await lastValueFrom(from([{ id: 'd', text }]).pipe(split(), toArray()))
    expect(passages.length).toBeGreaterThan(5)
    for (const { tokens } of passages) expect(tokens).toBeLessThanOrEqual(1024)
    expect(passages[1]?.start).toBeLessThan(passages[0]?.end ?? 0)
  })

  it('refuses sizes that cannot work, at the call', () => {
    for (const passageTokens of [0, -1, 1.5, NaN, Infinity]) expect(() => split({ passageTokens })).toThrow(InvalidOptionError)
    for (const overlapTokens of [-1, 0.5, NaN, 100]) expect(() => split({ passageTokens: 100, overlapTokens })).toThrow(InvalidOptionError)
    expect(() => split({ passageTokens: 8 })).not.toThrow()
  })

  it('is named by all that changes where it cuts', () => {
    const names = [{}, { passageTokens: 512 }, { overlapTokens: 0 }, { tokenizer: tiktoken() }, { tokenizer: tiktoken('gpt-4') }].map(splitterName)
    expect(new Set(names).size).toBe(names.length)
    expect(splitterName({ passageTokens: 1024, overlapTokens: 20 })).toBe(splitterName())
  })
})
