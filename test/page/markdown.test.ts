import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { markCitations } from '../../src/page/markdown/citations.ts'
import { cutBlocks, readBlocks } from '../../src/page/markdown/readBlocks.ts'
import { readInline } from '../../src/page/markdown/readInline.ts'
import { safeUrl } from '../../src/page/markdown/safeUrl.ts'
import type { Block, Inline } from '../../src/page/markdown/tree.ts'

const strong = (...children: Inline[]): Inline => ({ kind: 'strong', children })
const emphasis = (...children: Inline[]): Inline => ({ kind: 'emphasis', children })
const code = (text: string): Inline => ({ kind: 'code', text })
const link = (url: string, ...children: Inline[]): Inline => ({ kind: 'link', url, children })
const paragraph = (...children: Inline[]): Block => ({ kind: 'paragraph', children })
const list = (ordered: boolean, start: number, ...items: (readonly Block[])[]): Block => ({ kind: 'list', ordered, start, items })

/** Neighbouring texts are one: where a line is cut into them says nothing. */
function joined(children: readonly Inline[]): Inline[] {
  return children.reduce<Inline[]>((all, child) => {
    const last = all.at(-1)
    if (typeof child === 'string' && typeof last === 'string') return [...all.slice(0, -1), last + child]
    return [...all, typeof child === 'string' || !('children' in child) ? child : { ...child, children: joined(child.children) }]
  }, [])
}

describe('readInline', () => {
  it.each<[string, Inline[]]>([
    ['plain', ['plain']],
    ['a **b** c', ['a ', strong('b'), ' c']],
    ['a __b__ *c* _d_', ['a ', strong('b'), ' ', emphasis('c'), ' ', emphasis('d')]],
    ['***both***', [strong(emphasis('both'))]],
    ['~~gone~~', [{ kind: 'strike', children: ['gone'] }]],
    ['**a *b* c**', [strong('a ', emphasis('b'), ' c')]],
    ['2 * 3 * 4, snake_case_name, a*', ['2 * 3 * 4, snake_case_name, a*']],
    ['**open', ['**open']],
    ['`a * b` ``c`d`` `e', [code('a * b'), ' ', code('c`d'), ' `e']],
    ['\\*no\\* \\a', ['*no* \\a']],
    ['[t](https://a.example/b_c_d "title")', [link('https://a.example/b_c_d', 't')]],
    ['[**b**](<https://a.example>)', [link('https://a.example/', strong('b'))]],
    ['![alt](https://a.example/i.png)', [link('https://a.example/i.png', 'alt')]],
    ['see https://a.example/x_y, or (https://b.example).', ['see ', link('https://a.example/x_y', 'https://a.example/x_y'), ', or (', link('https://b.example/', 'https://b.example'), ').']],
    ['<https://a.example> <mailto:a@b.example>', [link('https://a.example/', 'https://a.example'), ' ', link('mailto:a@b.example', 'mailto:a@b.example')]],
    ['<b>x</b> &amp;', ['<b>x</b> &amp;']],
    ['[x](javascript:alert(1)) [y] [z]()', ['[x](javascript:alert(1)) [y] [z]()']],
    ['one  \ntwo\\\nthree\nfour', ['one', { kind: 'break' }, 'two', { kind: 'break' }, 'three\nfour']],
    ['[1] is a number', ['[1] is a number']],
  ])('%s', (source, expected) => expect(joined(readInline(source))).toEqual(expected))
})

describe('readBlocks', () => {
  it.each<[string, Block[]]>([
    ['a\nb\n\nc', [paragraph('a\nb'), paragraph('c')]],
    ['## Title ##\ntext', [{ kind: 'heading', level: 2, children: ['Title'] }, paragraph('text')]],
    ['#hash', [paragraph('#hash')]],
    ['- a\n- b\n  - c\n\n1. x\n2. y', [list(false, 1, [paragraph('a')], [paragraph('b'), list(false, 1, [paragraph('c')])]), list(true, 1, [paragraph('x')], [paragraph('y')])]],
    ['3) x\n\n   more', [list(true, 3, [paragraph('x'), paragraph('more')])]],
    ['> a\n> - b\n\nc', [{ kind: 'quote', children: [paragraph('a'), list(false, 1, [paragraph('b')])] }, paragraph('c')]],
    ['```ts\na\n\n  b\n```\nc', [{ kind: 'code', language: 'ts', text: 'a\n\n  b' }, paragraph('c')]],
    ['~~~\n```\n~~~', [{ kind: 'code', language: '', text: '```' }]],
    ['```\nopen', [{ kind: 'code', language: '', text: 'open' }]],
    ['---', [{ kind: 'rule' }]],
    ['| a | b |\n|---|:-:|\n| 1 | `x\\|y` |\n| 2 |', [{ kind: 'table', header: [['a'], ['b']], rows: [[['1'], [code('x|y')]], [['2'], []]] }]],
    ['in 2020\n2021. was', [paragraph('in 2020\n2021. was')]],
    ['<div>\n\nx', [paragraph('<div>'), paragraph('x')]],
  ])('%j', (source, expected) => expect(cutBlocks(source).flatMap(readBlocks)).toEqual(expected))

  it('reads the same however far a text has come: earlier blocks do not change when later ones come', () => {
    const text = 'One **two**.\n\n- a\n- b\n\n  more\n\n```\ncode\n\ncode\n```\n\n| a |\n|---|\n| b |\n\nEnd.'
    let before: readonly string[] = []
    for (let length = 1; length <= text.length; length++) {
      const blocks = cutBlocks(text.slice(0, length))
      expect(blocks.slice(0, before.length - 1)).toEqual(before.slice(0, -1))
      before = blocks
    }
    expect(before.length).toBe(5)
  })

  it.each(['*', '_', '[', '`', '``` ', '> ', '- ', '# ', '|', '|-', ' ', 'http://', '<http://', '\\', '![', '](', '~~', '*a ', '[a](', '\ue000', '1. ', '\n', '  \n', '*_', '`a``b```'])('takes 200,000 characters of %j, without an end in sight', (piece) => {
    const text = piece.repeat(200_000 / piece.length)
    expect(cutBlocks(`${text}x`).flatMap(readBlocks).length).toBeGreaterThan(0)
  })

  it('loses no word, and makes no link that is not safe', () => {
    const word = fc.constantFrom('alpha', 'beta', 'gamma')
    const glue = fc.constantFrom(' ', '\n', '\n\n', '**', '*', '`', '~~', '> ', '\n- ', '\n1. ', '\n# ', '|', '<b>', '[', '](javascript:x)', '](https://a.example/)', ']', '(', ')')
    fc.assert(fc.property(fc.array(fc.tuple(word, glue), { maxLength: 30 }), (pairs) => {
      const tree = JSON.stringify(cutBlocks(pairs.flat().join('')).flatMap(readBlocks))
      const texts = tree.replaceAll(/"url":"[^"]*"/g, '')
      const count = (text: string, one: string) => text.split(one).length - 1
      for (const one of ['alpha', 'beta', 'gamma']) expect(count(texts, one)).toBe(pairs.filter(([given]) => given === one).length)
      for (const [, url] of tree.matchAll(/"url":"([^"]*)"/g)) expect(url).toMatch(/^https:\/\/a\.example\//)
    }), { numRuns: 500 })
  })
})

describe('markCitations', () => {
  it('marks what is cited and nothing else, by its place in the list', () => {
    const text = 'A [1], [2, 3] and list[1].'
    const citations = [{ start: 2, end: 5 }, { start: 7, end: 13 }, { start: 7, end: 13 }]
    expect(readInline(markCitations(text, citations))).toEqual(['A ', { kind: 'citation', indexes: [0] }, ', ', { kind: 'citation', indexes: [1, 2] }, ' and list[1].'])
  })

  it('takes marks that were there before for text, and passes over citations that are not in the text', () => {
    expect(markCitations('\ue0000\ue001 x', [{ start: 2, end: 99 }])).toBe('�0� x')
    expect(readInline('\ue000x')).toEqual(['\ue000x'])
  })
})

describe('safeUrl', () => {
  it.each(['javascript:1', 'JAVASCRIPT:1', ' javascript:1', 'java\nscript:1', 'data:text/html,x', 'vbscript:1', 'file:///etc/passwd', 'blob:https://a/1', 'ftp://a', '//a.example', '/path', 'x', '', 'https://', 'https://user@a.example', 'https://good.example:80@evil.example', `https://a.example/${'x'.repeat(2000)}`])('refuses %j', (url) => expect(safeUrl(url)).toBeUndefined())
  it.each([['https://a.example', 'https://a.example/'], ['HTTP://A.example/b?c#d', 'http://a.example/b?c#d'], ['mailto:a@b.example', 'mailto:a@b.example'], ['https://аррӏе.com', 'https://xn--80ak6aa92e.com/']])('allows %s as %s', (url, expected) => expect(safeUrl(url)).toBe(expected))
})
