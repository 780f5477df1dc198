import axe from 'axe-core'
import type { AxeResults } from 'axe-core'
import type { Browser, BrowserContext, Page } from 'playwright-core'

export interface Visit {
  readonly page: Page
  readonly context: BrowserContext
  /** What the page threw, and what its policy refused. Empty when all is well. */
  readonly problems: readonly string[]
  /** Addresses that were asked for. */
  readonly requested: readonly string[]
  ask(question: string): Promise<void>
  /** Waits until the answer with this number, from 0, has ended. */
  ended(number?: number): Promise<void>
  /** What axe finds wrong. */
  violations(): Promise<readonly string[]>
}

export interface VisitOptions {
  readonly phone?: boolean
  readonly dark?: boolean
}

const refused = /Content Security Policy|TrustedHTML|Trusted Type/i

/** Opens a page as a person with a phone or a desk does. */
export async function visit(browser: Browser, url: string, { phone = false, dark = false }: VisitOptions = {}): Promise<Visit> {
  const context = await browser.newContext({
    viewport: phone ? { width: 390, height: 844 } : { width: 1280, height: 800 }, hasTouch: phone, isMobile: phone, colorScheme: dark ? 'dark' : 'light', reducedMotion: 'reduce',
  })
  context.setDefaultTimeout(15_000)
  // By the browser itself, which the policy of the page does not bind.
  await context.addInitScript(axe.source)
  const page = await context.newPage()
  const problems: string[] = []
  const requested: string[] = []
  page.on('pageerror', ({ message }) => problems.push(message))
  page.on('console', (message) => {
    if (refused.test(message.text())) problems.push(message.text())
  })
  page.on('request', (request) => requested.push(request.url()))
  await page.goto(url)
  return {
    page,
    context,
    problems,
    requested,
    async ask(question) {
      await page.getByLabel('Your question').fill(question)
      await page.getByLabel('Your question').press('Enter')
    },
    async ended(number = 0) {
      await page.locator('.turn').nth(number).and(page.locator(':not([data-running])')).waitFor()
    },
    async violations() {
      const results = (await page.evaluate('axe.run(document, { resultTypes: ["violations"] })')) as AxeResults
      return results.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join('; ')}`)
    },
  }
}
