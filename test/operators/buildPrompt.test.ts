import * as fc from 'fast-check'
import { EMPTY, NEVER, firstValueFrom, lastValueFrom, map, of, range, toArray } from 'rxjs'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { InvalidOptionError } from '../../src/errors.ts'
import { type BuildPromptOptions, buildPrompt } from '../../src/operators/buildPrompt.ts'
import type { Message } from '../../src/types/completion.ts'
import type { Tokenizer } from '../../src/types/ports.ts'
import type { Query } from '../../src/types/query.ts'
import { marbles } from '../support/marbles.ts'
import { scoredPassage } from '../support/passage.ts'

const query = (more: Partial<Query> = {}): Query => ({ id: '1', question: 'Why?', ...more })
const built = (given: Query, options?: BuildPromptOptions): Promise<Query> => firstValueFrom(of(given).pipe(buildPrompt(options)))
const contentOf = (given: Query): string => given.messages?.at(-1)?.content ?? ''
const bytes = (text: string): number => Buffer.byteLength(text)
/** Four characters a token: fewer than bytes, as real tokenizers give. */
const countQuarters = (text: string): number => Math.ceil(text.length / 4)
const quarter: Tokenizer = { id: 'quarter', exact: true, count: countQuarters }
const cost = (messages: readonly Message[], count: (text: string) => number): number =>
  messages.reduce((sum, { content }) => sum + count(content) + 8, 0)

describe('buildPrompt', () => {
  it('numbers the passages in their order, says where each is from, and ends with the question', async () => {
    const passages = [scoredPassage('first', 2, { title: 'Guide', headings: ['Start', 'Install'] }), scoredPassage('second', 1)]

    const { messages } = await built(query({ passages }), { template: { system: 'S', user: '{passages}\n\n{question}' } })

    expect(messages).toEqual([
      { role: 'system', content: 'S' },
      {
        role: 'user',
        content:
          '<passage number="1" from="Guide > Start > Install">\nfirst\n</passage>\n\n' +
          '<passage number="2" from="docs/second.md">\nsecond\n</passage>\n\nWhy?',
      },
    ])
  })

  it('puts the conversation between the instructions and the question', async () => {
    const history: Message[] = [{ role: 'user', content: 'Hello' }, { role: 'assistant', content: 'Good day' }]

    const { messages } = await built(query({ history }), { system: 'S' })

    expect(messages?.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'user'])
    expect(messages?.[0]?.content).toBe('S')
    expect(messages?.slice(1, 3)).toEqual(history)
  })

  it('says so when there are no passages', async () => {
    expect(contentOf(await built(query({ passages: [] })))).toContain('(none found)')
    expect(contentOf(await built(query()))).toContain('(none found)')
  })

  it('drops passages from the end, and keeps in the query those that the model reads', async () => {
    const passages = ['a', 'b', 'c', 'd'].map((name) => scoredPassage(name.repeat(300)))

    const result = await built(query({ passages }), { maxInputTokens: 1300 })

    expect(result.passages).toEqual(passages.slice(0, 2))
    expect(contentOf(result)).toContain('number="2"')
    expect(contentOf(result)).not.toContain('number="3"')
  })

  it('reckons a passage by its known count instead of its bytes', async () => {
    const passages = ['a', 'b', 'c'].map((name) => scoredPassage(name.repeat(4000), 1, { tokens: 1000 }))

    const result = await built(query({ passages }), { maxInputTokens: 4000 })

    expect(result.passages).toEqual(passages)
  })

  it('drops the oldest turns once one passage is left', async () => {
    const passages = ['a', 'b'].map((name) => scoredPassage(name.repeat(300)))
    const history: Message[] = ['1', '2', '3'].map((name) => ({ role: 'user', content: name.repeat(300) }))

    const result = await built(query({ passages, history }), { maxInputTokens: 1100 })

    expect(result.passages).toEqual(passages.slice(0, 1))
    expect(result.messages?.slice(1, -1)).toEqual(history.slice(2))
  })

  it('sends no passage when not even one fits', async () => {
    const result = await built(query({ passages: [scoredPassage('x'.repeat(5000))] }), { maxInputTokens: 1000 })

    expect(result.passages).toEqual([])
    expect(contentOf(result)).toContain('(none found)')
  })

  it('refuses a question that alone exceeds the budget', async () => {
    await expect(built(query({ question: 'x'.repeat(9000) }))).rejects.toMatchObject({ code: 'question-too-long' })
  })

  it('counts with the tokenizer only when the prompt may not fit', async () => {
    let counted = 0
    const tokenizer: Tokenizer = { ...quarter, count: (text) => (counted++, quarter.count(text)) }
    const passages = [scoredPassage('x'.repeat(3000))]

    await built(query({ passages }), { maxInputTokens: 8000, tokenizer })
    expect(counted).toBe(0)
    const tight = await built(query({ passages }), { maxInputTokens: 1500, tokenizer })
    expect(counted).toBeGreaterThan(0)
    expect(tight.passages).toEqual(passages)
  })

  it('counts each message once, however many prompts are tried', async () => {
    const counted: string[] = []
    const tokenizer: Tokenizer = { ...quarter, count: (text) => (counted.push(text), quarter.count(text)) }
    const passages = Array.from({ length: 20 }, (_, index) => scoredPassage(`${index} `.repeat(400)))
    const history = Array.from({ length: 50 }, (_, index): Message => ({ role: 'user', content: `${index} `.repeat(400) }))

    await built(query({ passages, history }), { maxInputTokens: 1000, tokenizer })

    expect(counted).toHaveLength(new Set(counted).size)
  })

  it('never exceeds the budget, keeps the best passages and the latest turns', async () => {
    const words = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.constantFrom('</passage>', '<passage-2', '{passages}', '<passage number="7">'))
    const asked = fc.record({
      passages: fc.array(words, { maxLength: 6 }),
      history: fc.array(words, { maxLength: 6 }),
      maxInputTokens: fc.integer({ min: 560, max: 1200 }),
      exact: fc.boolean(),
      tokensKnown: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(asked, async ({ passages: texts, history: turns, maxInputTokens, exact, tokensKnown }) => {
        const passages = texts.map((text, index) =>
          scoredPassage(text.repeat(4), 1, { documentId: `d${index}`, ...(tokensKnown ? { tokens: quarter.count(text.repeat(4)) } : {}) }),
        )
        const history = turns.map((content): Message => ({ role: 'user', content }))

        const result = await built(query({ passages, history }), { maxInputTokens, ...(exact ? { tokenizer: quarter } : {}) })

        const messages = result.messages ?? []
        expect(cost(messages, exact || tokensKnown ? countQuarters : bytes)).toBeLessThanOrEqual(maxInputTokens)
        expect(result.passages).toEqual(passages.slice(0, result.passages?.length))
        expect(messages.slice(1, -1)).toEqual(history.slice(history.length - (messages.length - 2)))
      }),
      { numRuns: 300 },
    )
  })

  it('keeps what looks like a placeholder or a replacement pattern in a passage as it is', async () => {
    const hostile = 'a {question} b {passages} c $& d $1 e $` f $\' g $$'

    const content = contentOf(await built(query({ question: 'Q {passages} $&', passages: [scoredPassage(hostile)] })))

    expect(content).toContain(`\n${hostile}\n`)
    expect(content.endsWith('Question: Q {passages} $&')).toBe(true)
    expect(content.match(/from="/g)).toHaveLength(1)
  })

  it('handles 10,000 queries', async () => {
    const all = await lastValueFrom(range(0, 10_000).pipe(map((index) => query({ id: String(index) })), buildPrompt(), toArray()))

    expect(all).toHaveLength(10_000)
  })

  it('notes when the prompt was ready', async () => {
    const { marks } = await built(query({ marks: [{ type: 'mark', name: 'retrieved', attempt: 0, at: 0 }] }))

    expect(marks?.map(({ name }) => name)).toEqual(['retrieved', 'prompted'])
  })

  it('passes values, errors and the end on as they come, and unsubscribes from its source', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold<Query>('-a-#', { a: query() })
      const dropped = cold<Query>('-a---', { a: query() })
      const toId = map(({ id }: Query) => id)

      expectObservable(source.pipe(buildPrompt(), toId)).toBe('-1-#')
      expectObservable(dropped.pipe(buildPrompt(), toId), '--!').toBe('-1-')
      expectSubscriptions(dropped.subscriptions).toBe('^-!')
      expectObservable(EMPTY.pipe(buildPrompt())).toBe('|')
      expectObservable(NEVER.pipe(buildPrompt())).toBe('-')
    })
  })

  it('ends with the error of a tokenizer that throws', async () => {
    const broken: Tokenizer = { ...quarter, count: () => { throw new Error('no tables') } }

    await expect(built(query({ question: 'x'.repeat(100) }), { maxInputTokens: 50, tokenizer: broken })).rejects.toThrow('no tables')
  })

  it.each([0, -1, 2.5, Number.NaN])('refuses maxInputTokens %d at the call', (maxInputTokens) => {
    expect(() => buildPrompt({ maxInputTokens })).toThrow(InvalidOptionError)
  })

  it('is an operator from query to query', () => {
    expectTypeOf(of(query()).pipe(buildPrompt())).toEqualTypeOf(of<Query>())
  })
})
