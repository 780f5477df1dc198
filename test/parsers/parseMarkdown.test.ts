import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { markdownHeadings } from '../../src/parsers/markdownHeadings.ts'
import { parseFile } from '../../src/parsers/parseFile.ts'
import { collect } from '../support/collect.ts'
import { memoryFile } from '../support/memoryFile.ts'

const titles = (text: string) => markdownHeadings(text).map(({ level, title }) => `${level} ${title}`)

async function parseMarkdown(text: string) {
  const [document] = await collect(parseFile(memoryFile('a.md', text)))
  return document!
}

describe('markdownHeadings', () => {
  it('finds both kinds, and where their lines begin', () => {
    const text =
      'Title\r\n=====\r\n\r\n## Two ##\r\ntext\r\n\r\nof two\r\nlines\r\n---\r\n   ### Three\r\n#\r\n####### seven\r\n#none\r\n'
    expect(titles(text)).toEqual(['1 Title', '2 Two', '2 of two lines', '3 Three'])
    expect(markdownHeadings(text).map(({ start }) => text.slice(start, start + 6))).toEqual([
      'Title\r',
      '## Two',
      'of two',
      '   ###',
    ])
  })

  it.each([
    ['fences', '```sh\n# no\n````\n# yes\n~~~~\n# no\n~~~\n# no\n~~~~'],
    ['fences in lists', '1. item\n\n   ```\n   # no\n   ```\n   text\n\n# yes'],
    ['an open fence', '# yes\n```\n# no\n\n# no'],
    ['indented code', '    # no\n\n# yes'],
    ['comments', '<!-- one\n\n# no\n-->\n# yes\n<!-- # no -->'],
    ['verbatim elements', '<pre>\n\n# no\n</pre>\n# yes\n<script>\n# no\n</script>'],
    ['quotations', '> # no\n> no\n---\n# yes'],
    ['lists', '- no\n---\n* no\nno\n===\n\n# yes'],
    ['rules and tables', 'a | b\n--- | ---\n\n---\n***\n# yes'],
  ])('does not look into %s', (_, text) => {
    expect(titles(text)).toEqual(['1 yes'])
  })

  it.each([
    ['# The **bold** `code<T>` and [link](http://x "t") ![image](y)', 'The bold code<T> and link image'],
    ['# <a id="x"></a>Anchored {#custom}', 'Anchored'],
    ['# C# and F#', 'C# and F#'],
    ['<h1 align="center">Centred <em>one</em></h1>', 'Centred one'],
  ])('takes the markup off %s', (line, title) => {
    expect(markdownHeadings(line).map((heading) => heading.title)).toEqual([title])
  })

  it('gives starts in order that are line starts, for every text', () => {
    const line = fc.constantFrom(
      '# a',
      'a',
      '---',
      '===',
      '```',
      '~~~',
      '- a',
      '> a',
      '',
      '    a',
      '<!--',
      '-->',
      '<h2>x</h2>',
      '1. ```',
      '<pre>',
    )
    fc.assert(
      fc.property(fc.array(line, { maxLength: 30 }), fc.constantFrom('\n', '\r\n'), (lines, end) => {
        const text = lines.join(end)
        let before = -1
        for (const { start } of markdownHeadings(text)) {
          expect(start).toBeGreaterThan(before)
          expect(start === 0 || text[start - 1] === '\n').toBe(true)
          before = start
        }
      }),
      { numRuns: 500 },
    )
  })
})

describe('parseMarkdown', () => {
  it('keeps the whole text, and has the front matter as metadata', async () => {
    const text = '---\r\ntitle: The title\r\ntags: [a, b]\r\ndate: 2024-01-28\r\nn: 1\r\n---\r\n# Heading\r\n'
    const document = await parseMarkdown(text)
    expect(document).toMatchObject({
      text,
      title: 'The title',
      metadata: { format: 'markdown', tags: ['a', 'b'], date: '2024-01-28', n: 1 },
    })
    expect(text.slice(document.bodyStart)).toBe('# Heading\r\n')
    expect(document.headings).toEqual([{ start: document.bodyStart, level: 1, title: 'Heading' }])
  })

  it('takes the first heading as title when there is none', async () => {
    expect((await parseMarkdown('text\n\n## First\n# Second')).title).toBe('First')
    expect(await parseMarkdown('no heading')).not.toHaveProperty('title')
  })

  it('reads front matter with the usual mistake line by line', async () => {
    const document = await parseMarkdown('---\ntitle: Streams: the basics\nauthor: Ada\n---\ntext')
    expect(document).toMatchObject({ title: 'Streams: the basics', metadata: { author: 'Ada' }, bodyStart: 47 })
  })

  it.each(['---\n\nA rule, text.\n\n---\nmore', '---\nnot closed: true\n', 'text\n---\na: b\n---\n', '---\n- a\n- b\n---\n'])(
    'sees no front matter in %j',
    async (text) => {
      const document = await parseMarkdown(text)
      expect(document).not.toHaveProperty('bodyStart')
      expect(document.metadata).toEqual({ format: 'markdown' })
    },
  )

  it('runs no code, and is not blown up by aliases', async () => {
    const code = await parseMarkdown('---\na: !!js/function "function () { throw 1 }"\ntitle: T\n---\n')
    expect(code.title).toBe('T')
    const bomb = 'abcdefgh'.split('').map((key, index) =>
      index === 0
        ? 'a: &a [x,x,x,x,x,x,x,x,x]'
        : `${key}: &${key} [${Array(9)
            .fill(`*${'abcdefgh'[index - 1]}`)
            .join(',')}]`,
    )
    const document = await parseMarkdown(`---\n${bomb.join('\n')}\n---\ntext`)
    expect(JSON.stringify(document.metadata).length).toBeLessThan(10_000)
    const deep = await parseMarkdown(`---\n${'['.repeat(60_000)}\n---\ntext`)
    expect(deep.metadata).toEqual({ format: 'markdown' })
  })

  it('does not let a document change what objects are', async () => {
    const document = await parseMarkdown('---\n__proto__:\n  polluted: true\n---\n')
    expect(Object.getPrototypeOf(document.metadata)).toBe(Object.prototype)
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })
})
