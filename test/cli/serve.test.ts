import { readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { startSimulator } from 'riffle-rx/simulator'
import { eventsIn } from '../server/asking.ts'
import { type Run, buildCommand, runRiffle, temporaryFolder } from '../support/runRiffle.ts'

beforeAll(buildCommand)

const documents = ['--data', 'examples/documents']
const token = 'canary-token-0123456789'

/** Runs the command, does something once it listens, and stops it. */
async function serving(flags: readonly string[], use: (url: string, child: ChildProcess) => Promise<void>, env: Record<string, string> = {}, signal: NodeJS.Signals = 'SIGINT'): Promise<Run> {
  let used: Promise<void> | undefined
  const run = await runRiffle(['serve', '--port', '0', ...documents, ...flags], {
    env,
    onOutput: (child, { stderr }) => {
      const url = /^(http:\S+), until Ctrl-C/m.exec(stderr)?.[1]
      if (used !== undefined || url === undefined || !stderr.includes('/openapi.json')) return
      used = use(url, child).finally(() => child.kill(signal))
    },
  })
  await used
  return run
}

describe('riffle serve', () => {
  it('prints its address and how to ask it, answers from the documents offline, and ends by Ctrl-C with 130', async () => {
    let curl = ''
    const run = await serving([], async (url) => {
      curl = `curl -N '${url}/stream-question?query_text=`
      const response = await fetch(`${url}/stream-question?query_text=How+do+I+limit+mergeMap%3F`)
      expect(await response.text()).toContain('`mergeMap` takes the number of inner subscriptions as its second argument')
      expect((await fetch(`${url}/readyz`)).status).toBe(200)
    })
    expect(run.code).toBe(130)
    expect(run.stderr).toContain(curl)
    expect(run.stderr).toContain('Answered 1 question.')
    expect(run.stdout).toBe('')
  })

  it.each(['SIGINT', 'SIGTERM'] as const)('by %s gives every open stream its last event', async (signal) => {
    const simulator = await startSimulator({ script: { tokens: 10_000, delayMs: 5 } })
    let bodies: Promise<string>[] = []
    const run = await serving(['--base-url', simulator.url, '--model', 'm'], async (url) => {
      const responses = await Promise.all(Array.from({ length: 5 }, () => fetch(`${url}/v1/answers?question=mergeMap`)))
      bodies = responses.map((response) => response.text())
    }, {}, signal)
    for (const body of bodies) {
      expect(eventsIn(await body).slice(-3).map(({ event, data }) => [event, data['reason']])).toEqual([['usage', undefined], ['finish', 'stopped'], ['done', 'stopped']])
    }
    expect(run.code).toBe(signal === 'SIGINT' ? 130 : 143)
    expect(simulator.record.counts.byEnd).toEqual({ finished: 0, server: 0, client: 5 })
    await simulator.close()
  })

  it('ends at once at the second Ctrl-C', async () => {
    const simulator = await startSimulator({ script: { headersDelayMs: 1_000_000 } })
    let broken: Promise<unknown> | undefined
    const run = await serving(['--base-url', simulator.url, '--model', 'm', '--close-timeout', '86400'], async (url, child) => {
      // Never sends its body: the server waits for it when it closes.
      const body = new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(new TextEncoder().encode('{')) })
      broken = fetch(`${url}/v1/answers`, { method: 'POST', headers: { 'content-type': 'application/json' }, body, duplex: 'half' }).catch(() => 'broken')
      while (!(await (await fetch(`${url}/metrics`)).text()).includes('riffle_http_requests_total')) await new Promise((resolve) => setTimeout(resolve, 5))
      child.kill('SIGINT')
      let stderr = ''
      child.stderr?.on('data', (text: string) => (stderr += text))
      while (!stderr.includes('Ctrl-C again')) await new Promise((resolve) => setTimeout(resolve, 5))
    })
    expect(await broken).toBe('broken')
    expect(run.code).toBe(130)
    await simulator.close()
  })

  it('answers in the response mode that it was given, or that a question asks for', async () => {
    const said = async (url: string) => (await fetch(url)).text()
    await serving(['--mode', 'context-only'], async (url) => {
      const question = `${url}/stream-question?query_text=How+do+I+limit+mergeMap%3F`
      const [context, compact] = await Promise.all([said(question), said(`${question}&mode=compact`)])
      expect(context.length).toBeGreaterThan(2 * compact.length)
      expect(compact).toContain('second argument')
      const body = { messages: [{ role: 'user', content: 'How do I limit mergeMap?' }], mode: 'compact' }
      const chat = await fetch(`${url}/v1/chat/completions`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
      expect(await chat.json()).toMatchObject({ choices: [{ message: { content: compact } }] })
      expect((await fetch(`${question}&mode=dream`)).status).toBe(400)
    })
    const refused = await runRiffle(['serve', '--mode', 'dream', ...documents], {})
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('context-only')])
  })

  it('wants the token of its environment, and shows it nowhere', async () => {
    const log = join(temporaryFolder(), 'access.jsonl')
    const statuses: number[] = []
    const run = await serving(['--access-log', log], async (url) => {
      for (const headers of [{}, { authorization: 'Bearer wrong' }, { authorization: `Bearer ${token}` }]) {
        const response = await fetch(`${url}/stream-question?query_text=secret+words&other=hidden`, { headers: headers as Record<string, string> })
        statuses.push(response.status)
        await response.text()
      }
      statuses.push((await fetch(`${url}/openapi.json?access_token=${token}`)).status, (await fetch(`${url}/healthz`)).status)
    }, { RIFFLE_TOKEN: token })
    expect(statuses).toEqual([401, 401, 200, 200, 200])
    const text = readFileSync(log, 'utf8')
    const lines = text.trimEnd().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(lines.map(({ status }) => status)).toEqual(statuses)
    expect(lines[2]).toEqual({ time: expect.stringMatching(/Z$/) as string, id: expect.any(String) as string, method: 'GET', path: '/stream-question', status: 200, ms: expect.any(Number) as number, run: expect.stringMatching(/^[0-9a-f]{32}$/) as string })
    for (const hidden of [token, 'secret', 'hidden', 'wrong']) expect(text + run.stdout + run.stderr).not.toContain(hidden)
    expect(statSync(log).mode & 0o077).toBe(0)
  })

  it('has the page, whose citations open documents', async () => {
    await serving([], async (url) => {
      const page = await fetch(url)
      expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
      const opened = (await (await fetch(`${url}/v1/passages?id=documents/coffee.md%230`)).json()) as { title: string; passages: { text: string }[] }
      expect([opened.title, opened.passages[0]?.text.includes('60 grams of coffee')]).toEqual(['Filter coffee', true])
      expect(await (await fetch(`${url}/v1/models`)).json()).toMatchObject({ data: [{ riffle: { price: { input: 0, output: 0 } } }] })
    })
  })

  it('opens no document that --filter keeps out', async () => {
    await serving(['--filter', 'documentId=documents/retry.md'], async (url) => {
      const status = async (id: string) => (await fetch(`${url}/v1/passages?id=${encodeURIComponent(id)}`)).status
      expect([await status('documents/retry.md#0'), await status('documents/coffee.md#0'), await status('examples/documents/coffee.md#0')]).toEqual([200, 404, 404])
    })
  })

  it('tells who started it why an answer failed; a client is not told where the model is', async () => {
    const simulator = await startSimulator({ script: { fault: { type: 'status', status: 500 } } })
    let said = ''
    const run = await serving(['--base-url', simulator.url, '--model', 'm', '--max-retries', '1'], async (url) => {
      said = await (await fetch(`${url}/v1/answers?question=a`)).text()
    })
    const { origin } = new URL(simulator.url)
    const id = /"run":"(\w+)"/.exec(said)?.[1]
    expect(run.stderr).toContain(`failed: run ${id}: ${origin} answered with status 500`)
    expect(eventsIn(said).map(({ event, data }) => [event, (data['error'] as { message?: string } | undefined)?.message]).filter(([, message]) => message !== undefined))
      .toEqual(['retry', 'failed'].map((event) => [event, 'the model answered with status 500: Simulated status 500']))
    expect(said).not.toContain(origin)
    await simulator.close()
  })

  it('logs questions only when it is told to', async () => {
    const run = await serving(['--access-log', '-', '--log-questions'], async (url) => void (await (await fetch(`${url}/stream-question?query_text=about+coffee`)).text()))
    const lines = run.stdout.trimEnd().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(lines).toEqual([expect.objectContaining({ question: 'about coffee' }), expect.objectContaining({ path: '/stream-question' })])
    expect(lines[0]!['run']).toBe(lines[1]!['run'])
  })

  it('stops at what a day may use: 429, and the model is not asked', async () => {
    const simulator = await startSimulator({ script: { tokens: 50 } })
    const statuses: number[] = []
    await serving(['--base-url', simulator.url, '--model', 'm', '--token-budget', '60'], async (url) => {
      for (let count = 0; count < 3; count++) {
        const response = await fetch(`${url}/stream-question?query_text=mergeMap`)
        statuses.push(response.status)
        await response.text()
      }
    })
    expect(statuses).toEqual([200, 429, 429])
    expect(simulator.record.counts.requests).toBe(1)
    await simulator.close()
  })

  it.each([
    [['--host', '0.0.0.0'], 'Listening on 0.0.0.0 lets other machines ask, so it needs a token: set RIFFLE_TOKEN, or give --token.'],
    [['--token', 'short'], 'Expected --token to have 16 characters or more'],
    [['--port', '70000'], 'Expected --port to be a whole number from 0 to 65535, got 70000.'],
    [['--max-runs', '0'], 'Expected --max-runs to be a whole number from 1, got 0.'],
    [['--grace', '-1'], 'Expected --grace to be seconds'],
    [['--origin', 'https://example.com/path'], 'Expected --origin to be scheme, name and port'],
    [['--host-name', 'http://example.com'], 'Expected --host-name to be a name without scheme and port'],
    [['--max-cost', '1', '--model', 'own', '--base-url', 'http://127.0.0.1:1/v1'], 'What does own cost? Give --price own=INPUT,OUTPUT with --max-cost.'],
    [['--log-questions'], 'Expected --access-log FILE with --log-questions.'],
    [['--access-log', '/nowhere/at/all'], 'Cannot write the access log /nowhere/at/all'],
  ])('refuses %s with one line', async (flags, line) => {
    const { code, stderr } = await runRiffle(['serve', ...documents, '--quiet', '--port', '0', ...flags])
    expect(code).toBe(2)
    expect(stderr).toMatch(/^riffle: [^\n]+\n$/)
    expect(stderr).toContain(line)
  })

  it('says when its port is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => other.once('listening', resolve))
    const { port } = other.address() as { port: number }
    const { code, stderr } = await runRiffle(['serve', ...documents, '--quiet', '--port', String(port)])
    other.close()
    expect([code, stderr]).toEqual([2, `riffle: Port ${port} is in use: give another --port, or 0 for a free one.\n`])
  })
})
