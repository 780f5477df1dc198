import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildCommand } from '../support/runRiffle.ts'
import { openBrowser, skipsBrowser } from './browser.ts'
import { type ServedPage, servePage } from './servedPage.ts'
import { visit } from './visit.ts'

const rich = `Give it a **number** [1], as [the manual](https://example.com/manual) says; \`4\` is a *good* one [9].

## A heading

1. first
2. second
   - below

> a quotation

\`\`\`ts
ids.pipe(mergeMap((id) => fetchUser(id), 4)) // a line that is longer than a phone is wide, so that it must be scrolled
\`\`\`

| operator | keeps order |
|---|---|
| mergeMap | no [2] |`

let browser: Browser
let served: ServedPage
let locked: ServedPage

beforeAll(async () => {
  if (skipsBrowser) return
  buildCommand()
  browser = await openBrowser()
  served = await servePage({
    answers: [
      { question: 'pelican', text: rich, reasoning: 'Thoughts.' },
      { question: 'cormorant', text: `${rich}\n\n${'and so on '.repeat(2000)}`, delayMs: 10 },
      { question: 'dunlin', text: rich, fault: { type: 'close', afterEvents: 30 } },
      { text: 'Yes [1].' },
    ],
  })
  locked = await servePage({}, { token: 'a-token-of-sixteen' })
})
afterAll(async () => {
  await browser?.close()
  await served?.close()
  await locked?.close()
})

describe.skipIf(skipsBrowser)('axe finds nothing wrong', () => {
  it.each([
    { phone: false, dark: false }, { phone: false, dark: true }, { phone: true, dark: false }, { phone: true, dark: true },
  ])('%j', async (how) => {
    const { page, context, ask, ended, violations, problems } = await visit(browser, served.url, how)
    const clean = async (state: string) => expect([state, await violations()]).toEqual([state, []])
    await clean('before the first question')

    await ask('How do I limit mergeMap, pelican?')
    await ended()
    await clean('answered')
    expect(await page.locator('.answer').evaluate(({ scrollWidth, clientWidth }: { scrollWidth: number; clientWidth: number }) => scrollWidth - clientWidth)).toBe(0)
    expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0)

    await page.locator('button.citation').first().click()
    await page.locator('#reader mark').first().waitFor()
    await clean('with a document open')
    await page.keyboard.press('Escape')

    await ask('And keeping the order, cormorant?')
    await page.locator('.answer').nth(1).getByText('and so on').waitFor()
    await clean('while it streams')
    served.network.cut()
    await page.locator('.lost:visible').waitFor()
    await clean('without a network')
    served.network.mend()
    await page.keyboard.press('Escape')
    await ended(1)
    await clean('stopped')

    await ask('And retry, dunlin?')
    await ended(2)
    await page.locator('.problem:visible').waitFor()
    await clean('failed')
    expect(problems).toEqual([])
    await context.close()
  })

  it.each([{ phone: false, dark: false }, { phone: true, dark: true }])('at the entrance: %j', async (how) => {
    const { page, context, violations } = await visit(browser, locked.url, how)
    await page.getByRole('textbox', { name: 'Token' }).fill('not the right one')
    await page.keyboard.press('Enter')
    await page.getByText('does not take this token').waitFor()
    expect(await violations()).toEqual([])
    await context.close()
  })
})
