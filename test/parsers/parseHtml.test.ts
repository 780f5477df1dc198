import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createPace } from '../../src/internal/createPace.ts'
import { htmlToText } from '../../src/parsers/htmlToText.ts'

const read = (html: string) => htmlToText(html, 'a.html', createPace(60_000, 'a.html'))
const text = async (html: string) => (await read(html)).text

describe('htmlToText', () => {
  it('parts paragraphs, keeps running text together and collapses blanks', async () => {
    expect(
      await text('<p>One <b>bold</b>\n  and&nbsp;<i>more</i>.</p>\n<p>Two<br>lines</p><div>a</div><div>b</div>c<span>d</span>'),
    ).toBe('One bold and more.\n\nTwo\nlines\n\na\nb\ncd')
    expect(await text('one<br><br>two')).toBe('one\n\ntwo')
    expect(await text('so&shy;ft &amp; &lt;b&gt; &eacute;')).toBe('soft & <b> é')
  })

  it('marks list items, nested and numbered', async () => {
    const html =
      '<p>x</p><ul><li>a<ul><li><p>b</p><li>c</ul></li><li></li></ul><ol start=3><li>d</li><li value="7">e</li><li>f</ol>'
    expect(await text(html)).toBe('x\n\n- a\n  - b\n  - c\n\n3. d\n7. e\n8. f')
  })

  it('puts the cells of a row on a line', async () => {
    const html =
      '<table><tr><th>A</th><th>B</th><th>C</th></tr><tr><td><p>1</p></td><td></td><td>3</td></tr><tr><td></td><td>y</td></tr></table>z'
    expect(await text(html)).toBe('A | B | C\n1 | | 3\n| y\n\nz')
    expect(await text('<table><tr><td>1<td><td>3</table>')).toBe('1 | 3')
  })

  it('keeps the blocks of a layout table apart', async () => {
    expect(await text('<table><tr><td><p>a</p><p>b</p></td><td><p>c</p></td></tr><tr><td>d</td></tr></table>')).toBe(
      'a\n\nb\nc\n\nd',
    )
    expect(await text('<table><tr><td><ul><li>m</ul></td><td><table><tr><td>n<td>o</table></td></tr></table>')).toBe(
      '- m | n | o',
    )
  })

  it('keeps preformatted text as it is, in a fence that its content cannot close', async () => {
    expect(await text('<p>x</p><pre><code class="hljs language-ts">const a = 1\n  <b>b</b>\n</code></pre>')).toBe(
      'x\n\n```ts\nconst a = 1\n  b\n```',
    )
    expect(await text('<pre>a\n````\nb</pre>')).toBe('`````\na\n````\nb\n`````')
    expect(await text('<pre><div>a</div><div>b</div>c<br>d</pre>')).toBe('```\na\nb\nc\nd\n```')
    expect(await text('<pre> \n </pre>x')).toBe('x')
  })

  it('leaves out what is not shown', async () => {
    const hidden = [
      '<script>no()</script>',
      '<style>no</style>',
      '<template>no</template>',
      '<noscript>no</noscript>',
      '<p hidden>no</p>',
      '<p hidden="hidden">no<b>no</b></p>',
      '<div aria-hidden="true">no<p>no</div>',
      '<p style="color:red; DISPLAY : none">no</p>',
      '<p style="visibility:hidden">no</p>',
      '<svg><title>no</title><text>no</text></svg>',
      '<iframe>no</iframe>',
      '<!-- no -->',
      '<dialog>no</dialog>',
    ]
    for (const html of hidden) expect(await text(`<p>a</p>${html}<p>b</p>`)).toBe('a\n\nb')
  })

  it('keeps what is shown, whatever else the element says', async () => {
    for (const html of [
      '<p style="display:block">a</p>',
      '<p hidden="until-found">a</p>',
      '<p style="background:url(display:none)">a</p>',
      '<body style="visibility:hidden">a',
      '<dialog open>a</dialog>',
    ]) {
      expect(await text(html)).toBe('a')
    }
    expect(await text('x <img alt="E = mc" aria-hidden=true> y<img alt="">')).toBe('x E = mc y')
  })

  it('has the title, the language, and each heading with the start of its line', async () => {
    const page = await read(
      '<html lang=de><head><title> The\n title </title><meta name=description content="About"></head><body>x<h1>A <i>b</i></h1><p>c</p><li><h3>D</h3><table><tr><td>e<td><h2>F</h2>g</table>',
    )
    expect(page).toMatchObject({ title: 'The title', language: 'de', description: 'About' })
    const lines = page.headings.map(({ start, level, title }) => [level, title, page.text.slice(start).split('\n', 1)[0]])
    expect(lines).toEqual([
      [1, 'A b', 'A b'],
      [3, 'D', '- D'],
      [2, 'F', 'F'],
    ])
    for (const { start } of page.headings) expect(start === 0 || page.text[start - 1] === '\n').toBe(true)
  })

  it('never loses a word of plain paragraphs, however they are nested and cut', async () => {
    const tag = fc.constantFrom(
      'p',
      'div',
      'ul',
      'li',
      'table',
      'tr',
      'td',
      'th',
      'span',
      'b',
      'pre',
      'h1',
      'h2',
      'ol',
      'blockquote',
    )
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.constantFrom('<', '</'), tag), { maxLength: 40 }), async (tags) => {
        const html = tags.map(([open, name], index) => `${open}${name}> w${index} `).join('')
        const page = await read(html)
        expect(page.text.match(/w\d+/g) ?? []).toEqual(tags.map((_, index) => `w${index}`))
        for (const { start, title } of page.headings) {
          expect(start === 0 || page.text[start - 1] === '\n').toBe(true)
          expect(title).not.toBe('')
        }
      }),
      { numRuns: 500 },
    )
  })
})
