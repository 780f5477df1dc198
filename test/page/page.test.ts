import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { ScriptedAnswer } from '../../src/simulator/script.ts'
import { buildCommand } from '../support/runRiffle.ts'
import { openBrowser, skipsBrowser } from './browser.ts'
import { type ServedPage, servePage } from './servedPage.ts'
import { type Visit, type VisitOptions, visit } from './visit.ts'

const question = 'How do I limit mergeMap?'
const quick: ScriptedAnswer = { text: 'Give it a number [1]. The **fifth** waits [2].' }
/** Words that can be told from one another, one every few milliseconds. */
const words = Array.from({ length: 90 }, (_, index) => `word${index}`)
const slow: ScriptedAnswer = { text: `${words.join(' ')}. It is so [1].`, delayMs: 25 }
const endless: ScriptedAnswer = { text: `Endless ${'and so on '.repeat(5000)}`, delayMs: 10 }

let browser: Browser
let served: ServedPage
let open: Visit[] = []

beforeAll(async () => {
  if (skipsBrowser) return
  buildCommand()
  browser = await openBrowser()
})
afterAll(async () => browser?.close())
afterEach(async () => {
  await Promise.all(open.map(({ context }) => context.close()))
  open = []
  await served.close()
})

async function opened(script: Parameters<typeof servePage>[0], options: VisitOptions & Parameters<typeof servePage>[1] = {}): Promise<Visit> {
  const { phone = false, dark = false, ...rest } = options
  served = await servePage(script, rest)
  const visited = await visit(browser, served.url, { phone, dark })
  open.push(visited)
  return visited
}

const asked = () => served.simulator.record.requests.map(({ body }) => (body as { messages: { role: string; content: string }[] }).messages)

describe.skipIf(skipsBrowser)('the page', () => {
  it.each([{ phone: false }, { phone: true }])('answers as it streams, with sources, citations and figures: %j', async (how) => {
    const { page, ask, ended, problems } = await opened({ ...slow }, how)
    await ask(question)
    await page.locator('.answer').getByText('word5').waitFor()
    expect(await page.locator('.turn').getAttribute('data-running')).toBe('')
    expect(await page.locator('.answer').getAttribute('aria-busy')).toBe('true')
    await ended()
    expect(await page.locator('.answer').textContent()).toBe(`${words.join(' ')}. It is so 1.`)
    expect(await page.locator('.source .name').first().textContent()).toBe('Concurrency in RxJS')
    expect(await page.locator('.source').first().getAttribute('data-cited')).toBe('')
    expect(await page.locator('.facts').textContent()).toMatch(/^First text\d.*Total\d.*Tokens\d+ in, \d+ outCost\$0\.00\d+$/)
    expect(await page.locator('#status').textContent()).toMatch(/^The answer is complete\. \d+ words, \d sources?\.$/)
    expect(problems).toEqual([])
  })

  it.each([['its button', 'click'], ['Escape', 'Escape']])('stops by %s, down to the socket of the model', async (_, how) => {
    const { page, ask, ended } = await opened(endless)
    await ask(question)
    await page.locator('.answer').getByText('and so on').waitFor()
    if (how === 'click') await page.getByRole('button', { name: 'Stop' }).click()
    else await page.keyboard.press(how)
    await ended()
    await vi.waitFor(() => expect(served.simulator.record.counts.byEnd).toEqual({ finished: 0, server: 0, client: 1 }))
    expect(served.simulator.record.counts.sockets).toEqual({ opened: 1, server: 0, client: 1 })
    expect(await page.locator('.facts').textContent()).toContain('Stopped')
    expect(await page.locator('#status').textContent()).toContain('Stopped')
    expect(await page.getByRole('button', { name: 'Ask', exact: true }).isVisible()).toBe(true)
  })

  it('sends what was said before with a question that follows, and forgets it in a new conversation', async () => {
    const { page, ask, ended } = await opened([quick, { text: 'Yes.' }, { text: 'New.' }])
    await ask(question)
    await ended()
    await ask('And then?')
    await ended(1)
    expect(asked()[1]?.slice(-3).map(({ role, content }) => [role, content.includes(role === 'assistant' ? 'The **fifth** waits [2].' : role === 'user' ? '?' : '')])).toEqual([['user', true], ['assistant', true], ['user', true]])
    await page.getByRole('button', { name: 'New conversation' }).click()
    expect(await page.locator('.turn').count()).toBe(0)
    await page.getByText('Ask your documents').waitFor()
    await ask('Anew?')
    await ended()
    expect(JSON.stringify(asked()[2])).not.toContain('fifth')
  })

  it('goes on where it was when the network was gone: every word once, the model asked once', async () => {
    const { page, ask, ended, problems } = await opened(slow)
    await ask(question)
    await page.locator('.answer').getByText('word5').waitFor()
    served.network.cut()
    await page.locator('.lost').getByText('The connection is lost').waitFor()
    expect(await page.locator('#status').textContent()).toContain('The connection is lost')
    served.network.mend()
    await ended()
    expect(await page.locator('.answer').textContent()).toBe(`${words.join(' ')}. It is so 1.`)
    expect(await page.locator('.lost').isVisible()).toBe(false)
    expect(served.simulator.record.counts.requests).toBe(1)
    expect(problems).toEqual([])
  })

  it('stops also what it was asked to stop while the network was gone', async () => {
    const { page, ask, ended } = await opened(endless)
    await ask(question)
    await page.locator('.answer').getByText('and so on').waitFor()
    served.network.cut()
    await page.locator('.lost').getByText('The connection is lost').waitFor()
    await page.keyboard.press('Escape')
    served.network.mend()
    await ended()
    expect(await page.locator('.facts').textContent()).toContain('Stopped')
  })

  it('shows a running answer to its end after a reload, and the conversation before it', async () => {
    const { page, ask, ended } = await opened([quick, slow])
    await ask(question)
    await ended()
    await ask('And then?')
    await page.locator('.answer').getByText('word5').waitFor()
    await page.reload()
    await ended(1)
    expect(await page.locator('.answer').nth(0).textContent()).toBe('Give it a number 1. The fifth waits 2.')
    expect(await page.locator('.answer').nth(1).textContent()).toBe(`${words.join(' ')}. It is so 1.`)
    expect(served.simulator.record.counts.requests).toBe(2)
  })

  it('says what went wrong, keeps what had come, and asks again on request', async () => {
    const { page, ask, ended } = await opened([{ ...slow, delayMs: 0, fault: { type: 'close', afterEvents: 20 } }, quick])
    await ask(question)
    await page.locator('.problem').getByText('The answer failed').waitFor()
    expect(await page.locator('.answer').textContent()).toContain('word10')
    expect(await page.locator('#status').textContent()).toContain('The answer failed')
    await page.getByRole('button', { name: 'Ask again' }).click()
    await ended(1)
    expect(await page.locator('.answer').nth(1).textContent()).toContain('The fifth waits')
  })

  it('says so when the server is not there, and does not ask twice by itself', async () => {
    const { page, ask } = await opened(quick)
    served.network.cut()
    await ask(question)
    await page.locator('.problem').getByText('The server cannot be reached').waitFor()
    served.network.mend()
    await page.getByRole('button', { name: 'Ask again' }).click()
    await page.locator('.answer').nth(1).getByText('Give it a number').waitFor()
    expect(served.simulator.record.counts.requests).toBe(1)
  })

  it.each([{ phone: false }, { phone: true }])('opens a citation marked in its document, and comes back: %j', async (how) => {
    const { page, ask, ended } = await opened({ text: 'The fifth request starts when one of the first four has completed [1].' }, how)
    await ask(question)
    await ended()
    await page.getByRole('button', { name: 'Source 1: Concurrency in RxJS' }).click()
    const reader = page.getByRole('dialog', { name: 'Concurrency in RxJS' })
    await reader.locator('mark.quote').waitFor()
    expect((await reader.locator('mark.quote').textContent())?.replace(/\s+/g, ' ')).toBe('With a concurrency limit of 4, the fifth request starts when one of the first four has completed.')
    expect(await reader.locator('#reader-text').textContent()).toContain('`switchMap` drops the running inner Observable')
    expect(await reader.locator('mark.quote').isVisible()).toBe(true)
    expect(await reader.locator('#reader-place').textContent()).toContain('documents/concurrency.md')
    await page.keyboard.press('Escape')
    await reader.waitFor({ state: 'hidden' })
    expect(await page.evaluate('document.activeElement.getAttribute("aria-label")')).toBe('Source 1: Concurrency in RxJS')
  })

  it('can be used with keys alone', async () => {
    const { page, ended } = await opened([quick, endless])
    const focused = () => page.evaluate('document.activeElement.className || document.activeElement.id')
    expect(await focused()).toBe('question')
    await page.keyboard.type('How do I')
    await page.keyboard.press('Shift+Enter')
    await page.keyboard.type('limit mergeMap?')
    await page.keyboard.press('Enter')
    await ended()
    expect(await page.locator('.question').textContent()).toBe('How do I\nlimit mergeMap?')
    expect(await focused()).toBe('question')
    for (let steps = 0; steps < 30 && (await focused()) !== 'citation'; steps++) await page.keyboard.press('Shift+Tab')
    expect(await focused()).toBe('citation')
    await page.keyboard.press('Enter')
    await page.locator('#reader mark').first().waitFor()
    expect(await focused()).toBe('reader-text')
    await page.keyboard.press('Escape')
    expect(await focused()).toBe('citation')
    await page.keyboard.press('Control+k')
    expect(await focused()).toBe('question')
    await page.keyboard.type('And then?')
    await page.keyboard.press('Enter')
    await page.locator('.answer').nth(1).getByText('and so on').waitFor()
    await page.keyboard.press('Escape')
    await ended(1)
    expect(await focused()).toBe('question')
  })

  it('asks for the token, keeps it in this tab alone, and never in an address', async () => {
    const token = 'canary-token-0123456789'
    const { page, context, ask, ended, requested } = await opened(quick, { token })
    const entrance = page.getByRole('dialog', { name: 'This server wants a token' })
    await entrance.waitFor()
    await page.getByRole('textbox', { name: 'Token' }).fill('wrong-token-0123456789')
    await page.keyboard.press('Enter')
    await entrance.getByText('does not take this token').waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.press('Escape')
    await page.getByRole('textbox', { name: 'Token' }).fill(token)
    await page.keyboard.press('Enter')
    await entrance.waitFor({ state: 'hidden' })
    await ask(question)
    await ended()
    await page.reload()
    await ask('And then?')
    await ended(1)
    expect(await entrance.isVisible()).toBe(false)
    expect(await page.evaluate('[localStorage.length, document.cookie, Object.values(sessionStorage).filter((value) => value.includes("canary-token")).length]')).toEqual([0, '', 1])
    expect(requested.filter((url) => url.includes('canary'))).toEqual([])
    const other = await visit(browser, served.url)
    open.push(other)
    await other.page.getByRole('dialog', { name: 'This server wants a token' }).waitFor()
    expect(await context.cookies()).toEqual([])
  })

  it('goes on with a running answer when the token has to be given anew, and asks nothing twice', async () => {
    const token = 'a-token-of-sixteen'
    const { page, ask, ended } = await opened(slow, { token })
    const enter = async () => {
      await page.getByRole('textbox', { name: 'Token' }).fill(token)
      await page.keyboard.press('Enter')
      await page.getByRole('dialog').waitFor({ state: 'hidden' })
    }
    await enter()
    await ask(question)
    await page.locator('.answer').getByText('word5').waitFor()
    served.network.cut()
    await page.locator('.lost').getByText('The connection is lost').waitFor()
    await page.evaluate('sessionStorage.setItem("riffle.token", "another")')
    served.network.mend()
    await enter()
    await ended()
    expect(await page.locator('.answer').textContent()).toBe(`${words.join(' ')}. It is so 1.`)
    expect(served.simulator.record.counts.requests).toBe(1)
  })
})
