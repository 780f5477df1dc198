import { EMPTY, NEVER, concat, lastValueFrom, map, of, range, throwError, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { TruncatedError } from '../../src/errors.ts'
import { requireFinish } from '../../src/operators/requireFinish.ts'
import type { Chunk } from '../../src/types/chunk.ts'
import { finish, markAt, reset, text } from '../support/chunks.ts'
import { marbles } from '../support/marbles.ts'

const chunks = { a: text('a'), b: text('b'), f: finish(), r: reset, s: markAt('sent', 0, 3) } satisfies Record<string, Chunk>
const cut = (detail: object): unknown => expect.objectContaining({ name: 'TruncatedError', code: 'truncated', retryable: true, detail: { retryable: true, ...detail } })

describe('requireFinish', () => {
  it('passes an answer on that has its finish', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const attempt = cold<Chunk>('-a-b-(f|)', chunks)
      expectObservable(attempt.pipe(requireFinish())).toBe('-a-b-(f|)', chunks)
      expectSubscriptions(attempt.subscriptions).toBe('^----!')
    })
  })

  it('fails where an answer ends without it, and says what had come', () => {
    marbles(({ cold, expectObservable }) => {
      const error = cut({ phase: 'body', attempt: 3, textLength: 2, textTail: 'ab' })
      expectObservable(cold<Chunk>('sa-b-|', chunks).pipe(requireFinish())).toBe('sa-b-#', chunks, error)
    })
  })

  it('asks for a finish after the last reset, and counts the text after it', () => {
    marbles(({ cold, expectObservable }) => {
      const error = cut({ phase: 'body', attempt: 2, textLength: 1, textTail: 'b' })
      expectObservable(cold<Chunk>('aafrb|', chunks).pipe(requireFinish())).toBe('aafrb#', chunks, error)
    })
  })

  it('fails an empty answer, waits with a silent one and passes an error on', () => {
    marbles(({ expectObservable }) => {
      const broken = new Error('broken')
      expectObservable(EMPTY.pipe(requireFinish())).toBe('#', undefined, cut({ phase: 'body', textLength: 0, textTail: '' }))
      expectObservable(NEVER.pipe(requireFinish())).toBe('-')
      expectObservable(throwError(() => broken).pipe(requireFinish())).toBe('#', undefined, broken)
    })
  })

  it('drops the source when it is dropped, and fails nothing then', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const attempt = cold<Chunk>('-a-b-|', chunks)
      expectObservable(attempt.pipe(requireFinish()), '--!').toBe('-a', chunks)
      expectSubscriptions(attempt.subscriptions).toBe('^-!')
    })
  })

  it('asks each subscription for its own finish', async () => {
    let calls = 0
    const answer = concat(of<Chunk>(chunks.a)).pipe(map((chunk): Chunk => (calls++ === 0 ? chunks.f : chunk)), requireFinish())
    expect(await lastValueFrom(answer)).toEqual(chunks.f)
    await expect(lastValueFrom(answer)).rejects.toBeInstanceOf(TruncatedError)
  })

  it('keeps the end of a long text, in whole characters', async () => {
    const words = range(0, 10_000).pipe(map((index) => text(index % 2 === 0 ? 'x😀' : '😀')))
    const error: unknown = await lastValueFrom(words.pipe(requireFinish(), toArray())).catch((failure: unknown) => failure)

    if (!(error instanceof TruncatedError)) throw error
    const whole = Array.from({ length: 10_000 }, (_, index) => (index % 2 === 0 ? 'x😀' : '😀')).join('')
    const { textLength, textTail = '' } = error.detail
    expect(textLength).toBe(whole.length)
    expect(whole.endsWith(textTail)).toBe(true)
    expect(textTail.length).toBeGreaterThan(1022)
    expect(textTail.length).toBeLessThan(1025)
    expect(textTail.isWellFormed()).toBe(true)
  })
})
