import { describe, expect, it } from 'vitest'
import { type BatchCounts, createCounts } from '../../../src/cli/batch/counts.ts'
import { duration, panelLines, plainLine } from '../../../src/cli/batch/panelLines.ts'

const counts: BatchCounts = {
  ...createCounts(2000), answered: 597, failed: 3, inFlight: 16, inputTokens: 1_200_000, outputTokens: 240_000, cost: 0.42,
  errors: new Map([['truncated', 2], ['rate-limited', 1]]), waits: Array.from({ length: 100 }, (_, index) => index * 10),
}
const state = { counts, skipped: 400, out: 'answers.jsonl', seconds: 60, stopping: false }

describe('the panel', () => {
  it('says what is done, what is left, what it costs and what fails', () => {
    expect(panelLines(state, 100).map((line) => line.replace(/[█░]+/, '#'))).toEqual([
      'Answering 2,000 questions into answers.jsonl',
      '#  1,000 of 2,000',
      '597 answered · 3 failed · 16 in flight · 400 from before',
      '10 a second · 1 min 40 s left · first text after 495 ms, 9 of 10 by 891 ms',
      '1,200,000 tokens in, 240,000 out · $0.4200 so far, about $1.12 in all',
      'truncated 2 · rate-limited 1',
    ])
  })

  it.each([20, 40, 79, 80, 200])('fits into %i columns', (columns) => {
    const lines = panelLines(state, columns)
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns)
    expect(lines[1]).toContain(' of ')
  })

  it('has nothing to say of what is not known yet', () => {
    const fresh = { ...state, counts: createCounts(2000), skipped: 0, seconds: 0.1 }
    expect(panelLines(fresh, 80).join('\n')).not.toMatch(/NaN|Infinity|undefined|\$/)
    expect(plainLine(fresh)).toBe('0 of 2,000 done · 0 in flight · 0.0 a second')
  })

  it('says nothing of costs once a price was not known', () => {
    expect(panelLines({ ...state, counts: { ...counts, cost: Number.NaN } }, 100).join('\n')).not.toContain('$')
  })

  it.each([[0.0123, '12 ms'], [5.04, '5.0 s'], [128, '2 min 8 s'], [7300, '2 h 2 min']])('writes %f seconds as %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text)
  })
})
