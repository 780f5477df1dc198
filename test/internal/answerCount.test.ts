import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createAnswerCount } from '../../src/internal/answerCount.ts'
import { tiktoken } from '../../src/models/tiktoken.ts'
import type { Tokenizer } from '../../src/types/ports.ts'

describe('createAnswerCount', () => {
  it('is the count of the whole text, for every cut', () => {
    const tokenizer = tiktoken()
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 30 })), (pieces) => {
        const count = createAnswerCount(tokenizer)
        for (const piece of pieces) count.add(piece)

        expect(count.total()).toBe(tokenizer.count(pieces.join('')))
      }),
    )
  })

  it('counts nothing before it is asked, when the answer is of ordinary length', () => {
    let calls = 0
    const tokenizer: Tokenizer = { id: 'letters', exact: true, count: (text) => (calls++, text.length) }
    const count = createAnswerCount(tokenizer)
    for (let piece = 0; piece < 10_000; piece++) count.add('word ')

    expect(calls).toBe(0)
    expect([count.total(), calls]).toEqual([50_000, 1])
  })

  it('counts a long answer on the way, and holds no more of it than 64 Ki', () => {
    const lengths: number[] = []
    const tokenizer: Tokenizer = { id: 'letters', exact: true, count: (text) => (lengths.push(text.length), text.length) }
    const count = createAnswerCount(tokenizer)
    for (let piece = 0; piece < 100; piece++) count.add('x'.repeat(10_000))

    expect(count.total()).toBe(1_000_000)
    expect(lengths.length).toBeGreaterThan(10)
    expect(Math.max(...lengths)).toBeLessThanOrEqual(65_536 + 10_000)
  })

  it('goes on after a total', () => {
    const count = createAnswerCount(tiktoken())
    count.add('Herons stand')
    count.total()
    count.add(' still.')

    expect(count.total()).toBe(tiktoken().count('Herons stand still.'))
  })
})
