import { describe, expect, it } from 'vitest'
import type { Chunk, CitationChunk } from '../../src/types/chunk.ts'
import type { AnswerEvent } from '../../src/page/events.ts'
import { factsOf } from '../../src/page/facts.ts'
import { piecesOf } from '../../src/page/pieces.ts'
import { citationOf, fromBeginning, historyOf, newTurn, textOf, type Turn, withError, withEvent } from '../../src/page/turn.ts'
import { call, finish, reset, text, usage } from '../support/chunks.ts'
import { passage, scoredPassage } from '../support/passage.ts'

const source = scoredPassage('a passage')
const cited = (more: Partial<CitationChunk> = {}): CitationChunk => ({ type: 'citation', marker: 1, start: 0, end: 3, valid: true, passageId: source.id, ...more })
const after = (events: readonly (AnswerEvent | Exclude<Chunk, { type: 'mark' }>)[], from: Turn = newTurn('What?', 1000)) => events.reduce((turn, event, index) => withEvent(turn, event, 1100 + index * 100), from)

describe('withEvent', () => {
  it('gathers an answer to its end', () => {
    const turn = after([{ type: 'run', run: 'r' }, { type: 'sources', passages: [source] }, text('a '), text('b'), cited(), usage(call(3, 2)), finish(), { type: 'done', reason: 'stop' }])
    expect(turn).toMatchObject({ run: 'r', sources: [source], firstTextMs: 300, totalMs: 800, ended: 'stop', usage: { inputTokens: 3 }, parts: [{ text: 'a b', citations: [{ marker: 1 }] }] })
    expect(turn.doing).toBeUndefined()
  })

  it('forgets what a reset makes void, and says what is done meanwhile', () => {
    const turn = after([{ type: 'sources', passages: [source] }, text('bad'), cited(), { type: 'reasoning', text: 'hm' }, reset])
    expect([textOf(turn), turn.reasoning, turn.sources.length, turn.doing]).toEqual(['', '', 1, 'Starting again after: lost'])
    expect(textOf(after([text('good')], turn))).toBe('good')
  })

  it('keeps the text of parts apart, with their citations, and every source once', () => {
    const turn = after([{ type: 'sources', passages: [source], part: 'a' }, { ...text('one'), part: 'a' }, { ...text('two'), part: 'b' }, { type: 'sources', passages: [source], part: 'b' }, cited({ part: 'b' }), { ...text('!'), part: 'a' }])
    expect(turn.parts.map(({ name, text: said, citations }) => [name, said, citations.length])).toEqual([['a', 'one!', 0], ['b', 'two', 1]])
    expect([textOf(turn), turn.sources.length]).toEqual(['one!\n\ntwo', 1])
  })

  it('keeps an error that comes before the end, and its own beside it', () => {
    const failed = after([text('a'), { type: 'failed', error: { code: 'x', message: 'no' } }, { type: 'done', reason: 'error' }])
    expect(failed).toMatchObject({ error: { message: 'no' }, ended: 'error' })
    expect(withError(after([text('a')]), { code: 'network', message: 'gone' }, 2000)).toMatchObject({ error: { message: 'gone' }, ended: 'error', totalMs: 1000 })
  })

  it('begins anew for a run that is told once more, and keeps when its first text came', () => {
    const turn = fromBeginning(after([{ type: 'run', run: 'r' }, { type: 'sources', passages: [source] }, text('half')]))
    expect([turn.run, textOf(turn), turn.firstTextMs, turn.sources.length]).toEqual(['r', '', 300, 1])
  })
})

describe('historyOf', () => {
  it('is what was said, the last turns of it, without those that came to nothing', () => {
    const turns = Array.from({ length: 30 }, (_, index) => after(index === 29 ? [] : [text(`a${index}`)], newTurn(`q${index}`, 0)))
    expect(historyOf(turns).length).toBe(40)
    expect(historyOf([after([text('x'.repeat(60_000))]), after([text('y'.repeat(60_000))])]).map(({ content }) => content[0])).toEqual(['W', 'y'])
    expect(historyOf(turns).slice(-2)).toEqual([{ role: 'user', content: 'q28' }, { role: 'assistant', content: 'a28' }])
  })
})

describe('citationOf', () => {
  it('prefers one that has words of the passage', () => {
    expect(citationOf(after([text('a'), cited(), cited({ quote: 'words' })]), source.id)?.quote).toBe('words')
    expect(citationOf(after([text('a')]), source.id)).toBeUndefined()
  })
})

describe('factsOf', () => {
  it.each([
    [{ input: 2, output: 8 }, usage(call(1000, 100)), ['1,000 in, 100 out', '$0.0028']],
    [{ input: 0, output: 0 }, usage(call(1000, 100, 'estimated')), ['about 1,000 in, 100 out', '$0']],
    [{ input: 2, cachedInput: 1, output: 8 }, usage({ ...call(1_000_000, 0), cachedInputTokens: 500_000 }), ['1,000,000 in, 0 out', '$1.50']],
    [undefined, usage(call(5, 5)), ['5 in, 5 out']],
    [{ input: 2, output: 8 }, usage(), []],
  ])('says tokens and cost: %j', (price, used, expected) => {
    const facts = factsOf(after([used, { type: 'done', reason: 'stop' }]), price)
    expect(facts.filter(([name]) => name === 'Tokens' || name === 'Cost').map(([, value]) => value)).toEqual(expected)
  })

  it('says how long it took, and how it ended when that was not of itself', () => {
    expect(factsOf({ ...newTurn('a', 0), firstTextMs: 999, totalMs: 12_345, ended: 'stopped' }, undefined)).toEqual([['State', 'Stopped'], ['First text', '999 ms'], ['Total', '12 s']])
  })
})

describe('piecesOf', () => {
  const whole = 'The heron waits. The stork flies away. The egret eats.\n\nEnd of the text, far away.'
  const at = (index: number, start: number, end: number) => passage(whole.slice(start, end), { id: `d#${index}`, documentId: 'd', start, end })

  it('puts a text together from passages that overlap, with the passage and the quote marked', () => {
    const pieces = piecesOf({ id: 'd#1', passages: [at(0, 0, 25), at(1, 17, 54), at(2, 56, whole.length)] }, 'The  stork\nflies away.')
    expect(pieces.map(({ text: said }) => said).join('')).toBe(whole)
    expect(pieces).toEqual([
      { text: 'The heron waits. ', marked: 'no' }, { text: 'The stork flies away.', marked: 'quote' }, { text: ' The egret eats.', marked: 'passage' }, { text: '\n\nEnd of the text, far away.', marked: 'no' },
    ])
  })

  it('marks the passage alone when the quote is not in it, takes signs in a quote as they are, and shows gaps', () => {
    expect(piecesOf({ id: 'd#0', passages: [at(0, 0, 16), at(2, 56, whole.length)] }, 'The (.*) [waits')).toEqual([{ text: 'The heron waits.', marked: 'passage' }, { text: '\n\n[…]\n\nEnd of the text, far away.', marked: 'no' }])
  })
})
