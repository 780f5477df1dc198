import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import type { Browser } from 'playwright-core'
import { type Observable, concat, of, throwError } from 'rxjs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RagError } from '../../src/errors.ts'
import type { Chunk } from '../../src/types/chunk.ts'
import { finish, text } from '../support/chunks.ts'
import { scoredPassage } from '../support/passage.ts'
import { buildCommand, temporaryFolder } from '../support/runRiffle.ts'
import { openBrowser, skipsBrowser } from './browser.ts'
import { servePage } from './servedPage.ts'
import { type Visit, visit } from './visit.ts'

// What a model or a document says is text, whatever it says.

const bidi = '\u202e\u2066\u2069\u202a'
const hostile = [
  '<script>globalThis.hacked = 1</script><img src=x onerror="globalThis.hacked = 1"><svg onload="globalThis.hacked = 1">',
  '<style>body { display: none }</style><iframe srcdoc="<script>parent.hacked = 1</script>"></iframe><a href="javascript:globalThis.hacked = 1">x</a>',
  '[one](javascript:globalThis.hacked=1) [two](JaVaScRiPt&colon;globalThis.hacked=1) [three](data:text/html,<script>1</script>) [four](vbscript:x) [five](file:///etc/passwd)',
  '[six](https://good.example@evil.example/) [seven]( javascript:globalThis.hacked=1) [eight](\u0001javascript:globalThis.hacked=1) <javascript:globalThis.hacked=1> [nine](//evil.example)',
  '![pixel](https://evil.example/pixel.png?secret) [good](https://good.example/page "onclick=x") https://plain.example/ <mailto:a@b.example>',
  `\u001b]0;title\u0007\u001b[2J\u0000\u0008${bidi}abc\u009b31m\u007f`,
  '\ue0000\ue001 \ue00099999\ue001 [1](x "\'><script>globalThis.hacked = 1</script>")',
  '| <b>a</b> | `<i>` |\n|---|---|\n| <img src=x onerror=globalThis.hacked=1> | [x](javascript:1) |',
  '# <u>head</u>\n\n> <base href="https://evil.example/">\n\n```"><script>globalThis.hacked = 1</script>\n</code></pre><script>globalThis.hacked = 1</script>\n```',
].join('\n\n')

const drawn = new Set('A BLOCKQUOTE BR BUTTON CODE DEL DIV EM H3 H4 H5 H6 HR LI OL P PRE SPAN STRONG TABLE TBODY TD TH THEAD TR UL'.split(' '))

interface Seen {
  readonly hacked: unknown
  readonly names: readonly string[]
  readonly attributes: readonly string[]
  readonly links: readonly string[]
  readonly text: string
}

/** All of the page that came from others. */
async function seen({ page }: Visit): Promise<Seen> {
  return page.evaluate(`({
    hacked: globalThis.hacked,
    names: [...document.querySelectorAll('.answer *, .thoughts *')].map(({ tagName }) => tagName),
    attributes: [...document.querySelectorAll('#turns *, #reader *')].flatMap((one) => one.getAttributeNames()),
    links: [...document.querySelectorAll('#turns a, #reader a')].map((one) => [one.getAttribute('href'), one.rel, one.target].join(' ')),
    text: document.body.innerText + document.body.textContent + [...document.querySelectorAll('#turns *, #reader *')].flatMap((one) => one.getAttributeNames().map((name) => one.getAttribute(name))).join(),
  })`)
}

function expectHarmless({ hacked, names, attributes, links, text: shown }: Seen): void {
  expect(hacked).toBeUndefined()
  expect(names.filter((name) => !drawn.has(name))).toEqual([])
  expect(attributes.filter((name) => /^(on|src|style|srcdoc|action|formaction|background)/.test(name))).toEqual([])
  for (const link of links) expect(link).toMatch(/^(https?:\/\/[^/@\s]+\/\S*|mailto:\S+) noopener noreferrer( nofollow)? _blank$/)
  expect(shown).not.toMatch(/[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/)
}

let browser: Browser

beforeAll(async () => {
  if (skipsBrowser) return
  buildCommand()
  browser = await openBrowser()
})
afterAll(async () => browser?.close())

/** A page whose answers are these chunks. */
async function withAnswers(answer: () => Observable<Chunk>, use: (visited: Visit) => Promise<void>): Promise<void> {
  const served = await servePage({}, { answer })
  const visited = await visit(browser, served.url)
  try {
    await use(visited)
    expect(visited.requested.filter((url) => !url.startsWith(served.url))).toEqual([])
  } finally {
    await visited.context.close()
    await served.close()
  }
}

describe.skipIf(skipsBrowser)('a model that is hostile changes nothing but text', () => {
  it('with HTML, scripts, links, control and bidi characters in its answer, its thoughts and its error', async () => {
    const source = { type: 'sources', passages: [scoredPassage(hostile, 1, { title: `<img src=x onerror="globalThis.hacked=1">${bidi}`, headings: ['<b>bold</b>'] })] } as const
    await withAnswers(() => concat(of<Chunk[]>(source, { type: 'reasoning', text: hostile }, text(hostile)), throwError(() => new RagError('x', `<b>no</b> ${bidi} \u001b[2J`))), async (visited) => {
      await visited.ask('What?')
      await visited.page.locator('.problem').getByText('<b>no</b>').waitFor()
      await visited.page.locator('.reasoning summary').click()
      const found = await seen(visited)
      expectHarmless(found)
      expect(found.links).toEqual([
        'https://evil.example/pixel.png?secret noopener noreferrer nofollow _blank', 'https://good.example/page noopener noreferrer nofollow _blank',
        'https://plain.example/ noopener noreferrer nofollow _blank', 'mailto:a@b.example noopener noreferrer nofollow _blank',
        'https://evil.example/ noopener noreferrer nofollow _blank',
      ])
      for (const literal of ['<script>globalThis.hacked = 1</script>', '<style>body { display: none }</style>', '[one](javascript:globalThis.hacked=1)', '␛[2J', '<img src=x onerror="globalThis.hacked=1">', 'pixel (evil.example)']) expect(found.text).toContain(literal)
      expect(await visited.page.locator('.answer button').count()).toBe(0)
      expect(visited.problems).toEqual([])
    })
  })

  it('whatever it is put together from', async () => {
    const pieces = fc.array(fc.constantFrom(
      '<script>', '</script>', '<img src=x onerror=globalThis.hacked=1>', '"', "'", '>', '`', '```', '\n', '\n\n', '[', ']', '(', ')', '](javascript:globalThis.hacked=1)', '](https://a.example/)', '![', '|', '|---|---|\n', '*', '**', '_', '~~', '# ', '> ', '- ', '1. ',
      '\\', '\0', '\u001b', '\u202e', '\ue000', '\ue001', '0', '&lt;', '<', 'https://b.example/', '<https://c.example>', 'a', ' ', '\t', '\ud83d', 'style=x',
    ), { maxLength: 60 })
    const answers = fc.sample(pieces, { numRuns: 25, seed: 7 }).map((parts) => `${parts.join('')} end`)
    let next = 0
    await withAnswers(() => of(text(answers[next++]!), finish()), async (visited) => {
      for (const index of answers.keys()) {
        await visited.ask(`What ${index}?`)
        await visited.ended(index)
      }
      expectHarmless(await seen(visited))
      expect(next).toBe(answers.length)
      expect(visited.problems).toEqual([])
    })
  })
})

describe.skipIf(skipsBrowser)('a document that is hostile changes nothing but text', () => {
  it('in the list of sources and when it is opened', async () => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'documents'))
    writeFileSync(join(folder, 'documents', '<img src=x onerror=1>.txt'), `Herons wait. ${hostile.replaceAll(/[\0-\x08]/g, '')}`)
    const served = await servePage({ text: 'They wait [1].' }, { folder: join(folder, 'documents') })
    const visited = await visit(browser, served.url)
    await visited.ask('What do herons do, wait?')
    await visited.ended()
    await visited.page.locator('button.citation').click()
    await visited.page.locator('#reader mark').first().waitFor()
    const found = await seen(visited)
    expectHarmless(found)
    expect(found.text).toContain('<iframe srcdoc=')
    expect(await visited.page.locator('#reader-text *').evaluateAll((all: { tagName: string }[]) => [...new Set(all.map(({ tagName }) => tagName))].toSorted())).toEqual(['DIV', 'MARK'])
    expect(visited.requested.filter((url) => !url.startsWith(served.url))).toEqual([])
    expect(visited.problems).toEqual([])
    await visited.context.close()
    await served.close()
  })
})

describe.skipIf(skipsBrowser)('the policy of the page', () => {
  it('refuses markup, code in texts, and what is not of this server', async () => {
    await withAnswers(() => of(text('a'), finish()), async ({ page, problems }) => {
      const tried = await page.evaluate(`(async () => {
        const attempt = async (act) => { try { await act(); return 'done' } catch (error) { return error.name } }
        const script = document.createElement('script')
        script.type = 'text/javascript'
        const inline = await attempt(() => { script.textContent = 'globalThis.hacked = 1'; document.body.append(script) })
        const styled = document.createElement('p')
        styled.setAttribute('style', 'position: fixed')
        document.body.append(styled)
        return {
          markup: await attempt(() => { document.body.innerHTML = '<b>x</b>' }),
          elsewhere: await attempt(() => fetch('https://evil.example/')),
          inline,
          hacked: globalThis.hacked,
          position: getComputedStyle(styled).position,
        }
      })()`)
      expect(tried).toEqual({ markup: 'TypeError', elsewhere: 'TypeError', inline: 'TypeError', hacked: undefined, position: 'static' })
      expect(problems.length).toBeGreaterThan(0)
    })
  })
})
