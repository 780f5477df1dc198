import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sentenceEnds } from '../../src/internal/sentences.ts'

function sentences(text: string): string[] {
  let from = 0
  return sentenceEnds(text).map((end) => {
    const sentence = text.slice(from, end)
    from = end
    return sentence
  })
}

const cases: Record<string, string> = {
  'ends at stops that a capital follows': 'He left. | Then what? | Go! | "Why?" | (So it is.) | And.',
  'keeps titles and initials with the name': 'Dr. Smith met Mr. J. K. Jones. | Prof. A. B. Lee left.',
  'keeps abbreviations inside a sentence': 'See e.g. Kant, i.e. him, cf. Hume et al. and so on. | It was approx. five.',
  'ends behind an abbreviation when a word follows that begins sentences': 'He is from the U.S. | The end. | It was 5 p.m. | We left. | Apple Inc. | They know.',
  'keeps the U.S. with a name': 'The U.S. Army is large. | The U.K. Treasury is not.',
  'keeps numbers with what they number': 'No. 5 and Fig. 3 of Vol. 2 are fine. | No. | I mean it. | Sec. 4.2 says so.',
  'keeps decimals, versions, file names and addresses whole': 'Pi is 3.14. | Use 1.2.3 of node.js. | See https://a.example/b.html?c=1.5. | Done.',
  'ends at an ellipsis only before a capital': 'Well... maybe. | Well... | No. | He said … and left.',
  'ends behind quotes and brackets that close after the stop': 'He said "stop." | Then (he left.) | “So?” | «Oui.» | Next.',
  'goes on behind a question in quotes': '"Really?" she asked. | "Stop!" he said.',
  'takes footnote numbers with the sentence': 'A fact.[12] | Another.[3][4] | End.',
  'ends at full stops of Chinese and Japanese, without blanks': '你好！|“好。”|他说。|これは文です。|次？|はい。',
  'goes on behind a Japanese quotation': '「はい。」と言った。|「いいえ！」|次。',
  'knows danda and Arabic marks': 'यह है। | हाँ। | هل هذا؟ | نعم۔ | لا',
  'keeps German days and abbreviations': 'Am 5. Mai war es z.B. Karl. | Im Jahr 1999. | Der Mann ging.',
  'keeps the number of an item with it': '1. First is this. | Then that.',
  'keeps a letter at the end of a sentence apart from a beginning': 'Plan B. | Then plan C. | The rest.',
  'does not end at a stop that a comma or a bracket follows': 'Butter, eggs etc.), and more. | So.',
  'ends at a stop that stands alone, without capitals too': 'the flow is slow . | the result is small . | end',
  'ends behind a long word in text without capitals': 'this continues forever. | nobody knows approx. when.',
  'ends before emoji': 'Great! | 😀 Next.',
  'ends behind emphasis and code': 'Use `a.b`. | This is **bold.** | Next.',
}

describe('sentenceEnds', () => {
  for (const [name, marked] of Object.entries(cases)) {
    it(name, () => {
      const expected = marked.includes(' | ') ? marked.split(/(?<= )\| /) : marked.split('|')
      expect(sentences(expected.join(''))).toEqual(expected)
    })
  }

  it('goes on over line breaks inside a paragraph, and ends with it', () => {
    expect(sentences('one line\nand the next. It\r\ngoes on\n\nAnother paragraph\n \nThird')).toEqual([
      'one line\nand the next. ', 'It\r\ngoes on\n\n', 'Another paragraph\n \n', 'Third',
    ])
  })

  it('ends before list items, headings, rows and fences, and behind headings and rows', () => {
    const parts = ['Either\n', '- this\n  goes on\n', '* or that\n', '2) or\n', '# Title\n', 'Text\n', '| a | b |\n', '|---|---|\n', 'text\n', '```js\n', 'Title\n', '=====\n', 'end']
    expect(sentences(parts.join(''))).toEqual(parts)
  })

  it('reads a range only', () => {
    const text = 'Mr. Lee left. Then he came. Dr. Who'
    expect(sentenceEnds(text, 4, 20)).toEqual([14, 20])
    expect(sentenceEnds(text, 5, 5)).toEqual([])
    expect(sentenceEnds('')).toEqual([])
    expect(sentenceEnds(' \n\n ')).toEqual([4])
    expect(sentenceEnds('  \n\nGo. Be')).toEqual([8, 10])
  })

  it('covers the range, in order, and never ends inside a surrogate pair', () => {
    const piece = fc.oneof(
      fc.constantFrom('. ', '? ', '!', '…', '。', '」', '"', '\n', '\n\n', ' ', '- a', '1. ', 'Dr', 'U.S', '[1]', '# ', '|', '😀', '𠀀', '\u2029', 'The', 'the', '\t', '\ufeff'),
      fc.string({ unit: 'binary', maxLength: 5 }),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), fc.nat(20), fc.nat(20), (pieces, before, behind) => {
        const text = pieces.join('')
        const start = Math.min(before, text.length)
        const end = Math.max(start, text.length - behind)
        const ends = sentenceEnds(text, start, end)
        expect(ends.at(-1)).toBe(end > start ? end : undefined)
        for (const [index, at] of ends.entries()) {
          expect(at).toBeGreaterThan(ends[index - 1] ?? start)
          if (at < end) expect(/[\ud800-\udbff][\udc00-\udfff]/.test(text.slice(at - 1, at + 1))).toBe(false)
        }
      }),
      { numRuns: 2_000 },
    )
  })

  it('takes linear time on texts made to be slow', () => {
    const slow = ['a', '.', '. ', '\n', ' \n', '"', '[1]', '.[1]', '\n-', '\n---', '…" ', 'A. ', '1.', '。」', '\n- ']
    for (const text of slow) expect(sentenceEnds(text.repeat(300_000)).at(-1)).toBe(text.length * 300_000)
    expect(sentenceEnds(`a. ${' '.repeat(1_000_000)}b`).length).toBe(1)
  })
})
