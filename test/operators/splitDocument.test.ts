import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { get_encoding } from 'tiktoken'
import { describe, expect, it } from 'vitest'
import { estimatedTokens } from '../../src/models/estimatedTokens.ts'
import { tiktoken } from '../../src/models/tiktoken.ts'
import { type SplitOptions } from '../../src/operators/split.ts'
import { splitDocument } from '../../src/operators/splitDocument.ts'
import type { Document, Heading, Passage } from '../../src/types/document.ts'
import type { Tokenizer } from '../../src/types/ports.ts'
import { sharedData } from '../support/sharedData.ts'

/** A token a word: sizes in these tests can be counted by eye. */
const words: Tokenizer = { id: 'words', exact: true, count: (text) => text.match(/\S+/g)?.length ?? 0 }

/** A text whose lines that begin with # are its headings. */
function documentOf(text: string, rest: Partial<Document> = {}): Document {
  const headings = Array.from(text.matchAll(/^(#+) (.*)$/gm), (match): Heading => ({ start: match.index, level: match[1]?.length ?? 1, title: match[2] ?? '' }))
  return { id: 'd', text, headings, ...rest }
}

const passagesOf = (text: string, passageTokens: number, options: SplitOptions = {}) =>
  [...splitDocument(documentOf(text), { tokenizer: words, passageTokens, overlapTokens: 0, ...options })]
const textsOf = (...args: Parameters<typeof passagesOf>) => passagesOf(...args).map(({ text }) => text)

const sentence = (name: string, count: number) => `${name} ${'word '.repeat(count - 2)}end.`

/** What `split` promises of the passages of any document. */
function expectWhole(document: Document, passages: readonly Passage[], tokenizer: Tokenizer, passageTokens: number, overlapTokens: number): void {
  const { text, id, bodyStart = 0 } = document
  let covered = bodyStart
  let before: Passage | undefined
  for (const [index, passage] of passages.entries()) {
    const { start, end } = passage
    expect(passage.id).toBe(`${id}#${index}`)
    expect(text.slice(start, end)).toBe(passage.text)
    expect(passage.text).toMatch(/^[^\s\u0085][^]*[^\s\u0085]$|^[^\s\u0085]$/)
    expect(passage.tokens).toBe(tokenizer.count(passage.text))
    if (passage.tokens > passageTokens) expect(Array.from(passage.text).length).toBe(1)
    if (text.isWellFormed()) expect(passage.text.isWellFormed()).toBe(true)
    expect(text.slice(covered, Math.max(covered, start))).toMatch(/^[\s\u0085]*$/)
    expect(start).toBeGreaterThan(before?.start ?? bodyStart - 1)
    expect(end).toBeGreaterThan(covered)
    if (start < covered) expect(tokenizer.count(text.slice(start, covered))).toBeLessThanOrEqual(overlapTokens)
    expect(passage.line).toBe(text.slice(0, start).split('\n').length)
    covered = end
    before = passage
  }
  expect(text.slice(covered)).toMatch(/^[\s\u0085]*$/)
}

describe('splitDocument', () => {
  it('leaves a short document whole, without blanks at its edges', () => {
    const [passage, ...others] = splitDocument({ id: 'd', text: '\n \n One two.\n\nThree.\n', title: 'T', uri: 'file:///d', metadata: { a: 1 } }, { tokenizer: words })
    expect(others).toEqual([])
    expect(passage).toEqual({
      id: 'd#0', documentId: 'd', text: 'One two.\n\nThree.', start: 4, end: 20, tokens: 3, headings: [], line: 3, title: 'T', uri: 'file:///d', metadata: { a: 1 },
    })
  })

  it('gives nothing for texts of blanks', () => {
    for (const text of ['', ' ', '\n\n\t\u3000\n', ' '.repeat(100_000)]) expect(textsOf(text, 10)).toEqual([])
  })

  it('breaks at headings before paragraphs', () => {
    const parts = [`# A\n\n${sentence('A1', 6)}`, `# B\n\n${sentence('B1', 6)}\n\n${sentence('B2', 6)}`]
    expect(textsOf(parts.join('\n\n'), 16)).toEqual(parts)
  })

  it('breaks between paragraphs before sentences', () => {
    const parts = [`${sentence('A1', 4)} ${sentence('A2', 4)}`, `${sentence('B1', 4)} ${sentence('B2', 4)}`]
    expect(textsOf(parts.join('\n\n'), 12)).toEqual(parts)
  })

  it('breaks between sentences before words', () => {
    const parts = [`${sentence('One', 4)} ${sentence('Two', 4)}`, `${sentence('Three', 4)} ${sentence('Four', 4)}`]
    expect(textsOf(parts.join(' '), 10)).toEqual(parts)
  })

  it('breaks between words inside a sentence that is too long', () => {
    expect(textsOf('a b c d e f g', 3)).toEqual(['a b c', 'd e f', 'g'])
  })

  it('breaks between lines inside a sentence that is too long', () => {
    expect(textsOf('a b c\nd e f\ng h i', 4)).toEqual(['a b c', 'd e f', 'g h i'])
  })

  it('breaks inside a word only when it alone is too long, and between characters with their marks', () => {
    const letters: Tokenizer = { id: 'letters', exact: true, count: (text) => text.length }
    const [word, family] = ['e\u0301'.repeat(5), '👨‍👩‍👧']
    expect(textsOf(`ab cd ${word}`, 5, { tokenizer: letters })).toEqual(['ab cd', 'e\u0301e\u0301', 'e\u0301e\u0301', 'e\u0301'])
    expect(textsOf(family.repeat(3), 20, { tokenizer: letters })).toEqual([family.repeat(2), family])
    expect(textsOf('🇩🇪🇫🇷🇮🇹', 5, { tokenizer: letters })).toEqual(['🇩🇪', '🇫🇷', '🇮🇹'])
  })

  it('keeps the bound, rather than a character with its marks, but not half of a pair', () => {
    const letters: Tokenizer = { id: 'letters', exact: true, count: (text) => text.length }
    expect(textsOf('👩‍👧', 2, { tokenizer: letters })).toEqual(['👩', '\u200d', '👧'])
    expect(textsOf('👩a', 1, { tokenizer: letters })).toEqual(['👩', 'a'])
  })

  it('keeps code, tables and lists whole when they fit', () => {
    const intro = sentence('Intro', 6)
    for (const block of ['```js\nlet a = 1\n\nlet b = 2\n```', '~~~\na\n\nb c d e f\n~~~', '| a | b |\n|---|---|\n| c | d |', '- one\n- two\n\n- three\n  more text', '1. one\n2. two three\n3. four five']) {
      expect(textsOf(`${intro}\n\n${block}\n\n${intro}`, 12)).toContain(block)
    }
  })

  it('breaks code between blank lines, lists between items and tables between rows when they are too long', () => {
    expect(textsOf('```\na b c\nd\n\ne f g\nh\n```', 6)).toEqual(['```\na b c\nd', 'e f g\nh\n```'])
    expect(textsOf('- a b. C d\n- e f. G h', 6)).toEqual(['- a b. C d', '- e f. G h'])
    expect(textsOf('| a | b |\n| c | d |\n| e | f |', 10)).toEqual(['| a | b |\n| c | d |', '| e | f |'])
  })

  it('does not leave a heading behind its text', () => {
    const parts = [sentence('Intro', 8), `## B\n\n${sentence('Body', 9)}`]
    expect(textsOf(parts.join('\n\n'), 12)).toEqual(parts)
  })

  it('merges small neighbouring sections', () => {
    const section = (name: string) => `## ${name}\n\nA few words here.`
    const merged = textsOf(Array.from({ length: 12 }, (_, index) => section(`S${index}`)).join('\n\n'), 48)
    expect(merged.length).toBe(6)
    expect(merged[0]).toBe(`${section('S0')}\n\n${section('S1')}`)
  })

  it('does not merge sections that are worth a passage', () => {
    const parts = ['A', 'B', 'C'].map((name) => `## ${name}\n\n${sentence(name, 20)}`)
    expect(textsOf(parts.join('\n\n'), 64)).toEqual(parts)
  })

  it('takes a tiny section with the one before when the next is long', () => {
    const parts = [`## A\n\n${sentence('A', 60)}\n\n## Tiny\n\nTwo`, `## C\n\n${sentence('C', 90)}`]
    expect(textsOf(parts.join('\n\n'), 100)).toEqual(parts)
  })

  it('tells the headings above each passage, its own first heading included', () => {
    const text = [sentence('Intro', 8), `# A\n\n## B\n\n${sentence('B', 18)}`, `### C\n\n${sentence('C', 18)}`, `## D\n\n${sentence('D', 18)} ${sentence('E', 18)}`].join('\n\n')
    const found = passagesOf(text, 24).map(({ headings, text }) => [headings, text.slice(0, 5)])
    expect(found).toEqual([[[], 'Intro'], [['A', 'B'], '# A\n\n'], [['A', 'B', 'C'], '### C'], [['A', 'D'], '## D\n'], [['A', 'D'], 'E wor']])
  })

  it('repeats whole sentences that fit into the overlap', () => {
    const text = 'One a b c. Two a b c. Three a. Four a. Five a b c. Six a b c.'
    expect(textsOf(text, 13, { overlapTokens: 5 })).toEqual(['One a b c. Two a b c. Three a. Four a.', 'Three a. Four a. Five a b c. Six a b c.'])
  })

  it('repeats words where no sentence fits', () => {
    expect(textsOf('One a b c d e f. Two a b c d e f.', 10, { overlapTokens: 2 })).toEqual(['One a b c d e f.', 'e f. Two a b c d e f.'])
  })

  it('gives up the overlap where it would tear what fits without', () => {
    expect(textsOf('One a b c d e f. Two a b c d e f.', 8, { overlapTokens: 2 })).toEqual(['One a b c d e f.', 'Two a b c d e f.'])
  })

  it('repeats nothing across a heading, and no code', () => {
    const sections = [`# A\n\n${sentence('A', 6)}`, `# B\n\n${sentence('B', 6)}`]
    expect(textsOf(sections.join('\n\n'), 9, { overlapTokens: 4 })).toEqual(sections)
    const blocks = ['```\na b c\nd e f\n```', sentence('Text', 8)]
    expect(textsOf(blocks.join('\n\n'), 10, { overlapTokens: 4 })).toEqual(blocks)
  })

  it('passes over what stands before the body', () => {
    const text = '---\ntitle: x\n---\nBody here.'
    expect([...splitDocument({ id: 'd', text, bodyStart: 17 }, { tokenizer: words })].map(({ text, line }) => [text, line])).toEqual([['Body here.', 4]])
  })

  it('tells line and page', () => {
    const text = 'a b c\n\nd e f\r\n\r\ng h i\n\nj k l'
    const passages = [...splitDocument({ id: 'd', text, pages: [0, 7, 16, 16] }, { tokenizer: words, passageTokens: 3, overlapTokens: 0 })]
    expect(passages.map(({ line, page }) => [line, page])).toEqual([[1, 1], [3, 2], [5, 4], [7, 4]])
  })

  it('passes over headings that are out of order or outside of the body', () => {
    const headings = [{ start: 0, level: 1, title: 'front' }, { start: 8, level: 1, title: 'A' }, { start: 8, level: 1, title: 'B' }, { start: 6, level: 1, title: 'C' }, { start: 7, level: 1, title: 'D' }, { start: 99, level: 1, title: 'E' }]
    const document = { id: 'd', text: 'front\n\n\nA b c d', bodyStart: 6, headings }
    expect([...splitDocument(document, { tokenizer: words })].map(({ headings, text }) => [headings, text])).toEqual([[['A'], 'A b c d']])
  })

  it('takes any number for the level of a heading', () => {
    const headings = [0, -1, 1, 0].map((level, index) => ({ start: index * 4, level, title: `L${index}` }))
    expect([...splitDocument({ id: 'd', text: 'aa\n\nbb\n\ncc\n\ndd', headings }, { tokenizer: words })].length).toBeGreaterThan(0)
  })

  const odd: Tokenizer[] = [
    words,
    { id: 'letters', exact: true, count: (text) => text.length },
    { id: 'more than its parts', exact: true, count: (text) => text.length + Math.floor((text.length * text.length) / 40) },
    { id: 'less than its parts', exact: true, count: (text) => Math.ceil(Math.sqrt(text.length)) },
    { id: 'blanks are free', exact: true, count: (text) => text.replaceAll(/\s/g, '').length },
    estimatedTokens(),
    tiktoken(),
    tiktoken('cl100k_base'),
  ]
  const atoms = ['# A\n', '\n## B\n\n', '### C\n', '\n\n', '\n', ' ', '  ', '\t', 'word ', 'Sentence one. ', 'And "two?" ', '- item\n', '1. item\n', '```\n', '~~~ x\n', '| a | b |\n', '中文没有空格的句子', '。', '、', '😀', '👨‍👩‍👧', 'e\u0301', '\u200d', '\u0085', '\ufeff', 'x'.repeat(90), ' '.repeat(70), '\r\n', '====\n', 'Dr. ', "don't "]
  const anyText = fc.array(fc.oneof(fc.constantFrom(...atoms), fc.string({ unit: 'binary', maxLength: 6 })), { maxLength: 60 }).map((parts) => parts.join(''))
  const sizes = fc.tuple(fc.integer({ min: 1, max: 120 }), fc.nat(30)).map(([passageTokens, overlap]) => ({ passageTokens, overlapTokens: Math.min(overlap, passageTokens - 1) }))

  for (const tokenizer of odd) {
    it(`keeps its promises for any text, counted by ${tokenizer.id}`, () => {
      fc.assert(
        fc.property(anyText, sizes, fc.nat(10), (text, { passageTokens, overlapTokens }, skipped) => {
          const bodyStart = Math.min(skipped, text.length)
          const document = documentOf(text, text.isWellFormed() && !/[\udc00-\udfff]/.test(text.charAt(bodyStart)) ? { bodyStart } : {})
          const passages = [...splitDocument(document, { tokenizer, passageTokens, overlapTokens })]
          expectWhole(document, passages, tokenizer, passageTokens, overlapTokens)
        }),
        { numRuns: 500 },
      )
    })
  }

  it('takes linear time on long texts without anywhere to break, and keeps its promises', () => {
    const tokenizer = tiktoken()
    const texts = ['a'.repeat(1_000_000), `a${' '.repeat(1_000_000)}b`, '中文字'.repeat(333_333), 'word '.repeat(240_000), '```\n'.repeat(200_000), '\n'.repeat(1_000_000), 'e\u0301'.repeat(300_000), '- '.repeat(300_000), '# '.repeat(300_000)]
    for (const text of texts) {
      const passages = [...splitDocument({ id: 'd', text }, { tokenizer })]
      let covered = 0
      for (const { start, end, tokens } of passages) {
        expect(tokens).toBeLessThanOrEqual(1024)
        expect(text.slice(covered, start).trim()).toBe('')
        covered = end
      }
      expect(text.slice(covered).trim()).toBe('')
    }
  })

  it('takes linear time on many headings', () => {
    const text = '## H\n'.repeat(50_000)
    expect(passagesOf(text, 1_000_000).length).toBe(1)
    expect(passagesOf(text, 100).length).toBe(1_000)
  })

  it.skipIf(!sharedData)('keeps its promises for real texts, by the counts of tiktoken', () => {
    const encoder = get_encoding('o200k_base')
    const paths = ['docs/text/state_of_the_union.txt', 'docs/text/made-one-line-1.2mb.txt', 'docs/text/made-crlf.txt', 'docs/markdown/commonmark-spec.md', 'docs/markdown/rxjs-operators.md', 'docs/html/wikipedia-3.html']
    for (const path of paths) {
      const document = documentOf(readFileSync(join(sharedData ?? '', path), 'utf8'))
      for (const passageTokens of [1024, 150]) {
        const passages = [...splitDocument(document, { tokenizer: tiktoken(), passageTokens, overlapTokens: 20 })]
        for (const { text, tokens } of passages) expect(tokens).toBe(encoder.encode_ordinary(text).length)
        if (document.text.length < 300_000) expectWhole(document, passages, tiktoken(), passageTokens, 20)
      }
    }
    encoder.free()
  })
})
