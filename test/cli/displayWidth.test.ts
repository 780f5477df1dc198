import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { panelLines } from '../../src/cli/batch/panelLines.ts'
import { createCounts } from '../../src/cli/batch/counts.ts'
import { createLiveView } from '../../src/cli/bench/liveView.ts'
import { cutToWidth, displayWidth } from '../../src/cli/displayWidth.ts'
import { fitted } from '../../src/cli/panel.ts'

describe('displayWidth', () => {
  it.each([
    ['', 0], ['answers.jsonl', 13], ['Größe', 5], ['漢字', 4], ['かな', 4], ['カナ', 4], ['한국어', 6], ['ｱｲｳ', 3], ['，。', 4], ['𠀀', 2], ['😀', 2], ['█░', 2], ['…', 1],
    // A letter and its mark in two characters; Devanagari vowel signs and a joiner.
    ['e\u0301', 1], ['नि', 2], ['a\u200db', 2],
  ])('is that of a terminal: %j takes %i', (text, columns) => {
    expect(displayWidth(text)).toBe(columns)
  })

  it('of a text is that of its parts, and cutting takes as much as fits', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '漢', '한', 'e\u0301', '😀', ' ', '𠀀') })
    fc.assert(fc.property(text, text, fc.nat(40), (one, two, columns) => {
      const cut = cutToWidth(one, columns)
      expect(displayWidth(one + two)).toBe(displayWidth(one) + displayWidth(two))
      expect(one.startsWith(cut)).toBe(true)
      expect(displayWidth(cut)).toBeLessThanOrEqual(columns)
      if (cut !== one) expect(displayWidth(cut)).toBeGreaterThanOrEqual(columns - 1)
      expect(cut).not.toMatch(/[\ud800-\udbff]$/)
    }))
  })
})

describe('a live panel', () => {
  const out = '質問への回答/二〇二六年十一月の全部の答え.jsonl'
  it.each([20, 21, 30, 40, 79])('does not wrap in %i columns where names are wide', (columns) => {
    const batch = panelLines({ counts: createCounts(2000), skipped: 0, out, seconds: 1, stopping: false }, columns)
    const bench = createLiveView([{ name: '模型模型模型模型模型模型模型模型模型模型模型模型', kind: 'model' }] as never, { requests: 10 }).lines(columns)
    for (const line of [...batch, ...bench]) expect(displayWidth(line)).toBeLessThanOrEqual(columns)
    expect(batch[0]).toMatch(/^Answering 2,000.*(…|jsonl)$/)
  })

  it('leaves a line that fits as it is', () => {
    expect([fitted('漢字', 4), fitted('漢字', 3), fitted('漢字漢字', 4)]).toEqual(['漢字', '漢…', '漢…'])
  })
})
