import { array, assert, constantFrom, property } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { blocksOf } from '../../../src/models/extractive/blocksOf.ts'

const shown = (text: string) => blocksOf(text).map(({ kind, start, end }) => [kind, text.slice(start, end)])

describe('blocksOf', () => {
  it('tells headings, paragraphs, items and code apart', () => {
    const text = '# Title\nFirst line\nof a paragraph.\n\n- one\n  goes on\n- two\n\n```ts\nconst a = 1\n\n- no item\n```\nEnd.'
    expect(shown(text)).toEqual([
      ['heading', '# Title'],
      ['paragraph', 'First line\nof a paragraph.'],
      ['item', ' one\n  goes on'],
      ['item', ' two'],
      ['code', 'const a = 1\n\n- no item'],
      ['paragraph', 'End.'],
    ])
  })

  it('reads headings that are underlined', () => {
    expect(blocksOf('Title\n=====\n\nPart\n----\n').map(({ kind, level }) => [kind, level])).toEqual([['heading', 1], ['heading', 2]])
  })

  it('keeps the language of a fence and the number of an item', () => {
    expect(blocksOf('```ts\na\n```\n\n2. two').map(({ kind, language, bullet }) => [kind, language, bullet])).toEqual([
      ['code', 'ts', undefined],
      ['item', undefined, '2.'],
    ])
  })

  it('ends code at a fence as long as the opening one', () => {
    expect(shown('````md\n```ts\na\n```\n````\nEnd.')).toEqual([['code', '```ts\na\n```'], ['paragraph', 'End.']])
  })

  it('takes code that ends with the text whole', () => {
    expect(shown('Text:\n\n```\na\nb')).toEqual([['paragraph', 'Text:'], ['code', 'a\nb']])
  })

  it('sees that a passage begins inside code', () => {
    expect(shown('  go(1);\n}\n```\nThen this follows.')).toEqual([['code', '  go(1);\n}'], ['paragraph', 'Then this follows.']])
    expect(shown('plain words\n```\nText between.\n\n```ts\nb()\n```')[0]).toEqual(['code', 'plain words'])
  })

  it('takes lines of code without a fence for code, and prose that ends in a colon not', () => {
    expect(shown('const a = 1;\nif (a) {\n  go();\n}')[0]?.[0]).toBe('code')
    expect(shown('If you read this, for example:\nthen go on.')[0]?.[0]).toBe('paragraph')
  })

  it('takes lines of names and values for a record, and table lines for rows', () => {
    expect(shown('name: Ada\nborn: 1815')).toEqual([['record', 'name: Ada\nborn: 1815']])
    expect(shown('| a | b |\n|---|---|\n| 1 | 2 |')).toEqual([['row', '| a | b |'], ['row', '| 1 | 2 |']])
  })

  it('divides lines that were ended on purpose, and joins those that were wrapped', () => {
    expect(shown('Date of birth 26 June\nPlace of birth Bangor\nShe was born in Wales and played for several clubs of\nthe league.')).toEqual([
      ['row', 'Date of birth 26 June'],
      ['row', 'Place of birth Bangor'],
      ['paragraph', 'She was born in Wales and played for several clubs of\nthe league.'],
    ])
  })

  it('covers every letter of any text once, in order', () => {
    const line = constantFrom('', '# a', '- b', '1. c', '```', '```ts', '| d | e |', 'f: g', 'words of a line', 'End.', '    h()', '---', '===')
    assert(
      property(array(line, { maxLength: 20 }), (lines) => {
        const text = lines.join('\n')
        let last = 0
        for (const { start, end } of blocksOf(text)) {
          expect(start).toBeGreaterThanOrEqual(last)
          expect(end).toBeGreaterThanOrEqual(start)
          last = end
        }
        const kept = blocksOf(text).map(({ start, end }) => text.slice(start, end)).join('\n')
        for (const word of ['words of a line', 'End.', 'h()']) {
          expect(kept.split(word).length).toBe(text.split(word).length)
        }
      }),
      { numRuns: 300 },
    )
  })
})
