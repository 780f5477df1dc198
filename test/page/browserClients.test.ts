import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildCommand } from '../support/runRiffle.ts'
import { openBrowser, skipsBrowser } from './browser.ts'
import { type ServedPage, servePage } from './servedPage.ts'

let browser: Browser
let served: ServedPage
let page: Page

beforeAll(async () => {
  if (skipsBrowser) return
  buildCommand()
  browser = await openBrowser()
  served = await servePage({ text: 'One two three four [1].', delayMs: 50 })
  page = await browser.newPage()
  await page.goto(served.url)
})
afterAll(async () => {
  await browser?.close()
  await served?.close()
})

/** What a browser's own client was told: when each text came, and how it ended. */
interface Told {
  readonly texts: readonly string[]
  readonly finished: boolean
  /** Texts that came while the model was not yet done. */
  readonly early: number
}

describe.skipIf(skipsBrowser)("a browser's own", () => {
  it('EventSource is told the text as it is made, and closes at the end', async () => {
    const told = await page.evaluate(
      () =>
        new Promise<Told>((resolve, reject) => {
          const texts: string[] = []
          const turns = new Set<number>()
          const source = new EventSource('/v1/answers?question=How%20do%20I%20limit%20mergeMap%3F')
          source.addEventListener('text', (event) => {
            texts.push((JSON.parse((event as MessageEvent).data as string) as { text: string }).text)
            turns.add(Math.round(event.timeStamp))
          })
          source.addEventListener('done', () => {
            source.close()
            resolve({ texts, finished: true, early: turns.size })
          })
          source.addEventListener('error', () => reject(new Error('broken')))
        }),
    )
    expect(told).toMatchObject({ finished: true })
    expect(told.texts.join('')).toBe('One two three four [1].')
    expect(told.early).toBeGreaterThan(1)
    expect(served.simulator.record.counts.requests).toBe(1)
  })

  it('WebSocket asks and asks again on one connection', async () => {
    const told = await page.evaluate(
      (address) =>
        new Promise<string[]>((resolve, reject) => {
          const answers = ['']
          const socket = new WebSocket(address)
          const ask = () => socket.send(JSON.stringify({ type: 'ask', question: 'How do I limit mergeMap?', history: true }))
          socket.addEventListener('open', ask)
          socket.addEventListener('error', () => reject(new Error('broken')))
          socket.addEventListener('message', ({ data }) => {
            const event = JSON.parse(data as string) as { type: string; text?: string }
            if (event.type === 'text') answers[answers.length - 1] += event.text ?? ''
            if (event.type !== 'done') return
            if (answers.length === 2) return resolve(answers)
            answers.push('')
            ask()
          })
        }),
      `${served.url.replace('http', 'ws')}/v1/answers/socket`,
    )
    expect(told).toEqual(['One two three four [1].', 'One two three four [1].'])
  })
})
