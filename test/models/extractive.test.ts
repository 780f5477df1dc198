import { take } from 'rxjs'
import { array, assert, asyncProperty, constantFrom, oneof, string } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { extractive } from '../../src/models/extractive.ts'
import { createGate } from '../../src/policies/gate.ts'
import type { Chunk, ModelCall } from '../../src/types/chunk.ts'
import { answerTo, ask, passage, requestFor } from './extractive/ask.ts'

const label = 'Quotations from your files (offline: keyword search, no language model):'
const beekeeping = passage(
  'Bees need water in summer. A hive holds up to sixty thousand bees.\n\nThe queen lays eggs all day. Smoke keeps the guards calm while the hive is open.',
  { documentId: 'bees.txt', id: 'bees.txt#0' },
)
const operators = passage(
  [
    'Some operators flatten. `mergeMap` takes a second argument, the number of inner Observables that run at once:',
    '',
    '```ts',
    'urls$.pipe(',
    '  mergeMap((url) => load(url), 4),',
    ')',
    '```',
    '',
    'Without it the number is unbounded. Marble diagrams show time from left to right.',
  ].join('\n'),
  { documentId: 'guide.md', id: 'guide.md#0', title: 'Guide', headings: ['Guide', 'Flattening'] },
)
const folded = (text: string) => text.replace(/\s+/g, ' ')

describe('extractive', () => {
  it('quotes the sentence that answers, with its marker and its source', async () => {
    const { text, citations, finish } = await ask('How many bees does a hive hold?', [beekeeping])
    expect(text).toBe(`${label}\n\nbees.txt:\n\n“A hive holds up to sixty thousand bees.” [1]\n`)
    expect(citations).toEqual([
      {
        type: 'citation', marker: 1, passageId: 'bees.txt#0', valid: true, quote: 'A hive holds up to sixty thousand bees.',
        start: text.indexOf('[1]'), end: text.indexOf('[1]') + 3,
      },
    ])
    expect(finish).toBe('stop')
  })

  it('quotes code whole, with the sentence that leads to it, and names title and heading', async () => {
    const { text } = await ask('how do I use mergeMap with a limit', [operators])
    expect(text).toContain('Guide › Flattening (guide.md):')
    expect(text).toContain('“`mergeMap` takes a second argument, the number of inner Observables that run at once:” [1]')
    expect(text).toContain('```ts\nurls$.pipe(\n  mergeMap((url) => load(url), 4),\n)\n```\n[1]')
    expect(text).not.toContain('Marble')
  })

  it('numbers markers by the place of the passage, not by the order of quoting', async () => {
    const { citations } = await ask('How many bees does a hive hold?', [operators, passage('Nothing here.', { id: 'x#0' }), beekeeping])
    expect(citations.map(({ marker, passageId }) => [marker, passageId])).toEqual([[3, 'bees.txt#0']])
  })

  it('quotes in the order of the passages and of their text', async () => {
    const first = passage('Tax rules changed. The tax on tea fell in May.', { documentId: 'a', id: 'a#0' })
    const second = passage('The tax on tea rose in June. Coffee is not taxed. A tax on tea is paid by the shop.', { documentId: 'b', id: 'b#0' })
    const { citations } = await ask('tax on tea', [first, second])
    expect(citations.map(({ quote }) => quote)).toEqual([
      'The tax on tea fell in May.',
      'The tax on tea rose in June.',
      'A tax on tea is paid by the shop.',
    ])
  })

  it('quotes what stands in two overlapping passages once', async () => {
    const text = 'The warranty covers water damage for two years.'
    const { citations } = await ask('does the warranty cover water damage', [passage(`${text} Keep the receipt.`, { id: 'a#0' }), passage(`A cover note. ${text}`, { id: 'a#1' })])
    expect(citations).toHaveLength(1)
  })

  it('brings the list with the line that leads to it', async () => {
    const list = passage('Before you open the hive you need:\n\n- a veil\n- a smoker with dry fuel\n- two hours of sun\n\nThe weather matters.')
    const { text } = await ask('what do I need before I open the hive', [list])
    expect(text).toContain('“Before you open the hive you need:” [1]\n\n- “a veil” [1]\n- “a smoker with dry fuel” [1]\n- “two hours of sun” [1]\n')
  })

  it('names words of the question that no passage holds', async () => {
    const { text } = await ask('how do I use mergeMap with backpressure', [operators])
    expect(text.endsWith('\nNot found in these passages: backpressure\n')).toBe(true)
  })

  it('keeps brackets of the document inside the quotation, its own marker outside', async () => {
    const { text, citations } = await ask('when was the hive invented', [passage('The hive was invented in 1852 [7].')])
    expect(text).toContain('“The hive was invented in 1852 [7].” [1]\n')
    expect(citations.map(({ marker, start, end }) => [marker, text.slice(start, end)])).toEqual([[1, '[1]']])
  })

  it('makes a fence longer than those inside the code', async () => {
    const { text } = await ask('show the fenced example', [passage('A fenced example:\n\n````md\n```ts\nfenced()\n```\n````\n\nEnd.')])
    expect(text).toContain('````md\n```ts\nfenced()\n```\n````\n[1]')
  })

  it('cuts a sentence without end to the words around the answer, and shows that it did', async () => {
    const filler = 'lorem ipsum dolor sit amet '.repeat(40_000)
    const { text, citations } = await ask('what is the zebra code', [passage(`${filler}the zebra code is 4711 ${filler}`)])
    expect(text).toMatch(/… “[^”]*the zebra code is 4711[^”]*” … \[1\]/)
    expect(citations[0]?.quote?.length).toBeLessThan(500)
  })

  it.each([
    ['blanks', ' '], ['one letter', 'a'], ['brackets', '['], ['backticks', '`'], ['line breaks', '\n'], ['bullets', '- a\n'], ['hashes', '#'],
    ['angle brackets', '<'], ['pairs', '😀'], ['addresses', '(https:'], ['colons', 'a: b\n'], ['stops', 'a. '],
  ])('survives a megabyte of %s', async (_, piece) => {
    const text = piece.repeat(1_000_000 / piece.length)
    const { finish } = await ask('what is the zebra code', [passage(`${text} zebra code ${text}`)])
    expect(finish).toBe('stop')
  })

  it('leaves control characters as they are: sinks make them harmless', async () => {
    const { text } = await ask('what colour is the zebra', [passage('The zebra has the colour \u001b[31mred\u001b[0m.')])
    expect(text).toContain('\u001b[31mred\u001b[0m')
  })

  it.each([
    ['日本の首都はどこですか', '東京は日本の首都です。'],
    ['中国的首都是什么', '北京是中国的首都。'],
  ])('answers %j, where words have no blanks between them', async (question, quote) => {
    const { citations } = await ask(question, [passage(`蜂は水を飲みます。${quote}茶是热的。`)])
    expect(citations.map((citation) => citation.quote)).toEqual([quote])
  })

  it('says so when there is no passage, and how many documents were searched', async () => {
    const { text, finish, citations } = await ask('What is the capital of Mongolia?', [], { searched: { documents: 40, passages: 400 } })
    expect(text).toBe('Found nothing about this in 40 documents (keyword search; rephrase, or use a model)\n')
    expect(finish).toBe('stop')
    expect(citations).toEqual([])
  })

  it('fails with a typed error when nothing was retrieved for it', async () => {
    await expect(answerTo({ messages: [{ role: 'user', content: 'hello' }] })).rejects.toMatchObject({ code: 'no-passages' })
  })
})

describe('the stream of extractive', () => {
  const request = requestFor('how do I use mergeMap with a limit', [operators])

  it('comes a few words at a time, marked, a citation behind its marker, finish last', async () => {
    const { chunks } = await answerTo(request)
    const types = chunks.map((chunk) => (chunk.type === 'mark' ? chunk.name : chunk.type))
    expect(types.slice(0, 3)).toEqual(['any1', 'visible1', 'text'])
    expect(types.slice(-3)).toEqual(['last', 'finished', 'finish'])
    expect(types.filter((type) => type === 'text').length).toBeGreaterThan(10)
    let length = 0
    for (const chunk of chunks) {
      if (chunk.type === 'text') {
        expect(chunk.text).not.toBe('')
        length += chunk.text.length
      }
      if (chunk.type === 'citation') expect(chunk.end).toBe(length)
    }
  })

  it('starts nothing before it is subscribed, and answers each subscriber', async () => {
    const calls: ModelCall[] = []
    const stream = extractive().stream({ ...request, onUsage: (call) => calls.push(call) })
    await Promise.resolve()
    expect(calls).toEqual([])
    const answers = await Promise.all([answerTo(request), answerTo(request)])
    expect(answers[0]?.text).toBe(answers[1]?.text)
    stream.subscribe().unsubscribe()
    expect(calls).toHaveLength(1)
  })

  it('reports its usage once, before the end is seen', async () => {
    const calls: ModelCall[] = []
    const seen: number[] = []
    await new Promise<void>((resolve) => {
      extractive()
        .stream({ ...request, onUsage: (call) => calls.push(call) })
        .subscribe({ next: (chunk) => chunk.type === 'finish' && seen.push(calls.length), complete: resolve })
    })
    expect(seen).toEqual([1])
    expect(calls).toEqual([expect.objectContaining({ model: 'extractive', purpose: 'answer', from: 'estimated' })])
    expect(calls[0]?.outputTokens).toBeGreaterThan(20)
    expect(calls[0]?.inputTokens).toBeGreaterThan(20)
  })

  it('ends at once when it is dropped, and reports what it had sent', async () => {
    const calls: ModelCall[] = []
    const chunks: Chunk[] = []
    await new Promise<void>((resolve) => {
      extractive()
        .stream({ ...request, onUsage: (call) => calls.push(call) })
        .pipe(take(4))
        .subscribe({ next: (chunk) => chunks.push(chunk), complete: resolve })
    })
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(chunks).toHaveLength(4)
    expect(calls).toHaveLength(1)
    expect(calls[0]?.outputTokens).toBeLessThan(20)
  })

  it('lets timers have their turn while it streams', async () => {
    let turns = 0
    const timer = setInterval(() => turns++)
    await ask('tax on tea', Array.from({ length: 3 }, (_, index) =>
      passage(`The tax on tea number ${index} ${'is a word '.repeat(60)}and rose.`, { id: `t#${index}` })))
    clearInterval(timer)
    expect(turns).toBeGreaterThan(0)
  })

  it('sends nothing while the gate is held', async () => {
    const gate = createGate()
    const release = gate.hold()
    const chunks: Chunk[] = []
    const ended = new Promise<void>((resolve) => {
      extractive().stream({ ...request, gate }).subscribe({ next: (chunk) => chunks.push(chunk), complete: resolve })
    })
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(chunks).toEqual([])
    release()
    await ended
    expect(chunks.at(-1)).toEqual({ type: 'finish', reason: 'stop' })
  })

  it('comes in one piece a part when streaming is off', async () => {
    const [whole, streamed] = await Promise.all([answerTo({ ...request, streaming: false }), answerTo(request)])
    expect(whole.text).toBe(streamed.text)
    expect(whole.chunks.length).toBeLessThan(streamed.chunks.length)
  })

  it('stops near the token limit with the reason length', async () => {
    const { text, finish } = await answerTo({ ...request, maxOutputTokens: 10 })
    expect(finish).toBe('length')
    expect(text.length).toBeGreaterThan(10)
    expect(text.length).toBeLessThanOrEqual(40)
  })
})

describe('any text', () => {
  const line = oneof(
    string({ unit: 'grapheme', maxLength: 60 }),
    constantFrom('', '', '```', '```ts', '# Zebra', '- the zebra item', '1. zebra', '| zebra | a |', 'zebra: striped', '    zebra()', 'The zebra is striped.', 'A zebra', '---'),
  )

  it('is quoted verbatim, with markers where the citations say', async () => {
    await assert(
      asyncProperty(array(array(line, { maxLength: 12 }), { minLength: 1, maxLength: 3 }), constantFrom('lookup', 'overview'), async (texts, kind) => {
        const passages = texts.map((lines, index) => passage(lines.join('\n'), { id: `p#${index}`, documentId: `d${index % 2}` }))
        const { text, citations, finish } = await ask('what is a zebra', passages, { kind: kind === 'overview' ? 'overview' : 'lookup' })
        expect(finish).toBe('stop')
        for (const { marker, start, end, quote, passageId, valid } of citations) {
          expect(text.slice(start, end)).toBe(`[${marker}]`)
          expect(valid).toBe(true)
          expect(passages[marker - 1]?.id).toBe(passageId)
          expect(folded(passages[marker - 1]?.text ?? '')).toContain(folded(quote ?? '').trim())
          expect(text).toContain(quote)
        }
        expect(text.startsWith(citations.length > 0 ? label : 'Found nothing about this in ')).toBe(true)
      }),
      { numRuns: 150 },
    )
  })
})
