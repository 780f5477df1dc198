import { assert, constantFrom, array, property } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createMarkerReader } from '../../src/internal/citationMarkers.ts'

function markersIn(pieces: readonly string[]): string[] {
  const reader = createMarkerReader()
  const text = pieces.join('')
  return [...pieces.flatMap((piece) => reader.push(piece)), ...reader.end()].map(({ numbers, start, end }) => `${numbers.join('+')}@${text.slice(start, end)}`)
}
const found = (text: string) => markersIn([text])

describe('createMarkerReader', () => {
  it.each([
    ['one', 'It is fast [1].', ['1@[1]']],
    ['two in a row', 'Fast [1][2].', ['1@[1]', '2@[2]']],
    ['a list', 'Fast [1, 3].', ['1+3@[1, 3]']],
    ['a list with semicolons', 'Fast [1;3]', ['1+3@[1;3]']],
    ['a range', 'Fast [1-3].', ['1+2+3@[1-3]']],
    ['a range with a longer dash and a number', 'Fast [1–2, 5].', ['1+2+5@[1–2, 5]']],
    ['right behind a word', 'Fast[2]. Slow[1]', ['2@[2]', '1@[1]']],
    ['in parentheses', 'Fast (see [2]) and ([1]).', ['2@[2]', '1@[1]']],
    ['behind a bracket that is none', '[sic] [1]', ['1@[1]']],
    ['at the beginning of a line', '[1] says so', ['1@[1]']],
    ['in bold and in a table', '**Fast [1]** | [2] |', ['1@[1]', '2@[2]']],
    ['behind a code span', '`a` [1]', ['1@[1]']],
    ['behind a code span that nobody closed', 'a ` b\n\nc [1]', ['1@[1]']],
    ['behind a fence', '```js\na[1]\n```\nFast [1]', ['1@[1]']],
    ['in scripts without spaces', '检索[1]可以很快[2, 3]。слово[1]слово', ['1@[1]', '2+3@[2, 3]', '1@[1]']],
    ['behind a colon or an equals sign of a sentence before', 'See: [1, 2]. a = b. [1]', ['1+2@[1, 2]', '1@[1]']],
    ['the same number twice in one', '[1, 1-2]', ['1+2@[1, 1-2]']],
  ])('finds %s', (_, text, expected) => {
    expect(found(text)).toEqual(expected)
  })

  it.each([
    ['code spans', 'use `list[1]` or ``a ` [2]``'],
    ['fences', '```\nlist[1] [2]\n```'],
    ['tilde fences that hold backticks', '~~~\n```\n[1]\n~~~'],
    ['a fence that is never closed', '```\n[1]'],
    ['links', 'see [1](https://example.com)'],
    ['links with a number for a reference', 'see [the book][1]'],
    ['definitions of links', '[1]: https://example.com'],
    ['images', '![1]'],
    ['escaped brackets', '\\[1]'],
    ['indexes', 'list[1].name, list[1] = 2, list[1][i], list[1]=2, f[2]x'],
    ['arguments', 'sum([1, 2]) and x=[1, 2]'],
    ['arrays', 'x = [1, 2], y =[1], {"ids": [1, 2]} and [[1, 2], [3, 4]]'],
    ['zero, and what is no number', '[0] [a] [] [1,] [3-1] [1-] [-] [ ]'],
    ['ranges of everything', '[1-500]'],
    ['task lists', '- [ ] open\n- [x] done'],
  ])('leaves %s alone', (_, text) => {
    expect(found(text)).toEqual([])
  })

  const fragments = ['Fast [1].', ' ', '\n', '\n\n', '[1][2]', '[1, 2]', '[1-3]', '[', ']', '`', '``', '```', '~~~\n', 'list[1]', '.name', '"ids"', '字', '(x)', ': y', '=', '[a]', '😀', '[12', '3]', '\\', '!', 'word', '[9,10,11]', '\r\n']

  it('finds the same markers wherever the text is cut: every place of 300 answers, and in single characters', () => {
    assert(
      property(array(constantFrom(...fragments), { maxLength: 14 }), (parts) => {
        const text = parts.join('')
        const whole = found(text)
        for (let cut = 0; cut <= text.length; cut++) expect(markersIn([text.slice(0, cut), text.slice(cut)])).toEqual(whole)
        expect(markersIn(text.split(''))).toEqual(whole)
      }),
      { numRuns: 300 },
    )
  })

  it('waits with a marker for two more characters at most', () => {
    const reader = createMarkerReader()
    expect(reader.push('Fast [1]. ')).toHaveLength(1)
    expect(reader.push('Fast [1]')).toHaveLength(0)
    expect(reader.push('. ')).toHaveLength(1)
  })

  it('takes time linear in the text, for brackets and backticks without end too', () => {
    for (const piece of ['[1', '[', '`', '[1]', '~']) {
      const reader = createMarkerReader()
      for (let count = 0; count < 200_000; count++) reader.push(piece)
      expect(reader.end().length).toBeLessThanOrEqual(200_000)
    }
  })
})
