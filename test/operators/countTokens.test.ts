import { from, last, lastValueFrom, range, map, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { estimatedTokens } from '../../src/models/estimatedTokens.ts'
import { tiktoken } from '../../src/models/tiktoken.ts'
import { countTokens } from '../../src/operators/countTokens.ts'
import type { Tokenizer } from '../../src/types/ports.ts'
import { marbles } from '../support/marbles.ts'

/** A token a letter; parts do not add up for `ab`, which is one. */
const letters: Tokenizer = { id: 'letters', exact: true, count: (text) => text.replaceAll('ab', 'x').length }

describe('countTokens', () => {
  it('emits the count of all text so far for each piece', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('  a-b-c-|')
      const subscription = ' ^-----!'
      const expected = '     1-1-2-|'

      const result = source.pipe(countTokens(letters), map(String))

      expectObservable(result).toBe(expected)
      expectSubscriptions(source.subscriptions).toBe(subscription)
    })
  })

  it('is empty, silent or fails as its source does', () => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('--|').pipe(countTokens(letters))).toBe('--|')
      expectObservable(cold('---').pipe(countTokens(letters))).toBe('---')
      expectObservable(cold('a-#').pipe(countTokens(letters), map(String))).toBe('1-#')
    })
  })

  it('fails with what the tokenizer throws, and drops the source', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('--a--b--|')
      const failing: Tokenizer = { ...letters, count: () => { throw new Error('no table') } }
      expectObservable(source.pipe(countTokens(failing))).toBe('--#', undefined, new Error('no table'))
      expectSubscriptions(source.subscriptions).toBe('^-!')
    })
  })

  it('drops the source when it is dropped', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('a-b-c-d-|')
      expectObservable(source.pipe(countTokens(letters), map(String)), '^--!').toBe('1-1')
      expectSubscriptions(source.subscriptions).toBe('^--!')
    })
  })

  it('counts for each subscriber from the beginning', async () => {
    const counts = from(['Hello', ' wor', 'ld']).pipe(countTokens(tiktoken()), toArray())
    expect(await lastValueFrom(counts)).toEqual([1, 2, 2])
    expect(await lastValueFrom(counts)).toEqual([1, 2, 2])
  })

  it('joins words and characters that are cut', async () => {
    const text = 'Tokenizers don’t like 😀 or "naïve" cuts; they\'re counted whole.'
    for (const tokenizer of [tiktoken(), estimatedTokens(), letters]) {
      const units = from(text.split(''))
      expect(await lastValueFrom(units.pipe(countTokens(tokenizer), last()))).toBe(tokenizer.count(text))
    }
  })

  it('counts ten thousand pieces that come at once', async () => {
    const words = range(0, 10_000).pipe(map((index) => ` word${index}`))
    const whole = Array.from({ length: 10_000 }, (_, index) => ` word${index}`).join('')
    expect(await lastValueFrom(words.pipe(countTokens(tiktoken()), last()))).toBe(tiktoken().count(whole))
  })
})
