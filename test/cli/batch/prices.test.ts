import { describe, expect, it } from 'vitest'
import { InputError } from '../../../src/errors.ts'
import { costOf, priceList } from '../../../src/cli/batch/prices.ts'

describe('priceList', () => {
  it('knows some models, dated names too, and takes what is given before that', () => {
    expect(priceList()('gpt-4.1-mini')).toEqual({ input: 0.4, cachedInput: 0.1, output: 1.6 })
    expect(priceList()('gpt-4.1-mini-2025-04-14')).toEqual(priceList()('gpt-4.1-mini'))
    expect(priceList()('somebody-elses')).toBeUndefined()
    expect(priceList(['gpt-4.1-mini=1,2'])('gpt-4.1-mini')).toEqual({ input: 1, output: 2 })
    expect(priceList(['mine=1,0.5,2'])('mine')).toEqual({ input: 1, cachedInput: 0.5, output: 2 })
    expect(priceList(['1,2'])('anything')).toEqual({ input: 1, output: 2 })
  })

  it.each(['', 'x', 'm=', 'm=1', 'm=1,2,3,4', 'm=1,,2', 'm=a,b', 'm=1,2,'])('refuses %j', (text) => {
    expect(() => priceList([text])).toThrow(InputError)
  })
})

describe('costOf', () => {
  it('counts cached input at its own price, once', () => {
    const call = { model: 'm', purpose: 'answer', inputTokens: 1000, cachedInputTokens: 400, outputTokens: 100, from: 'server' as const }
    expect(costOf(call, { input: 10, cachedInput: 1, output: 100 })).toBeCloseTo((600 * 10 + 400 * 1 + 100 * 100) / 1e6)
    expect(costOf(call, { input: 10, output: 100 })).toBeCloseTo((1000 * 10 + 100 * 100) / 1e6)
  })
})
