import { once } from 'node:events'
import { NEVER, Subject, concat, of } from 'rxjs'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import type { AccessEntry, HandlerOptions } from '../../src/server/options.ts'
import { type Serving, serve } from '../../src/server/serve.ts'
import type { ServedQuery } from '../../src/server/servedQuery.ts'
import type { Chunk } from '../../src/types/chunk.ts'
import { finish, reset, text } from '../support/chunks.ts'
import { get, handlerOf, words } from './asking.ts'

type Frame = Readonly<Record<string, unknown>>
const serving: Serving[] = []
afterEach(async () => {
  await Promise.all(serving.splice(0).map(async ({ close }) => close()))
})

async function connected(options: Partial<HandlerOptions>, { headers = {}, autoPong = true }: { headers?: Record<string, string>; autoPong?: boolean } = {}) {
  const served = handlerOf(options)
  const server = await serve(served, { port: 0 })
  serving.push(server)
  const client = new WebSocket(`${server.url.replace('http', 'ws')}/v1/answers/socket`, { headers, autoPong })
  const frames: Frame[] = []
  client.on('message', (data: Buffer) => frames.push(JSON.parse(data.toString('utf8')) as Frame))
  await once(client, 'open')
  const ask = (message: object) => client.send(JSON.stringify(message))
  const until = async (type: string, count = 1) => vi.waitFor(() => expect(frames.filter((frame) => frame['type'] === type)).toHaveLength(count), 5000)
  return { client, frames, ask, until, served, url: server.url }
}

describe('the socket', () => {
  it('streams one answer at a time, and further ones on the same connection', async () => {
    const rest$ = new Subject<Chunk>()
    const { frames, ask, until } = await connected({ answer: ({ question }) => (question === 'a' ? concat(of(text('one ')), rest$) : of(text('more'), finish())) })
    ask({ type: 'ask', question: 'a' })
    await until('text')
    ask({ type: 'ask', question: 'b' })
    await until('refused')
    rest$.next(finish())
    rest$.complete()
    await until('done')
    ask({ type: 'ask', question: 'b' })
    await until('done', 2)
    expect(frames.map(({ type }) => type)).toEqual(['run', 'text', 'refused', 'finish', 'done', 'run', 'text', 'finish', 'done'])
    ask({ type: 'resume', run: frames[0]!['run'], after: 1 })
    await until('done', 3)
    expect(frames.slice(-3).map(({ type }) => type)).toEqual(['run', 'finish', 'done'])
  })

  it('stops, and refuses what it does not know', async () => {
    const { frames, ask, until, client } = await connected({ answer: (_, { stop }) => words(10_000, 1, stop) })
    ask({ type: 'ask', question: 'a' })
    await vi.waitFor(() => expect(frames.length).toBeGreaterThan(2))
    ask({ type: 'stop' })
    await until('done')
    expect(frames.at(-1)).toMatchObject({ reason: 'stopped' })
    client.send('{')
    ask({ type: 'sing' })
    ask({ type: 'resume', run: 'none' })
    await until('refused', 3)
    expect(frames.slice(-3)).toMatchObject([{ error: { code: 'bad-json' } }, { error: { code: 'bad-request' } }, { error: { code: 'no-run' } }])
  })

  it('asks the guard before it opens', async () => {
    await expect(connected({}, { headers: { origin: 'https://evil.example' } })).rejects.toThrow('403')
    await expect(connected({ token: 'secret' })).rejects.toThrow('401')
  })

  it('lets a question see the turns before it on the connection, those of a run that it came back to as well', async () => {
    const asked: ServedQuery[] = []
    const { frames, ask, until, url } = await connected({ answer: (query) => (asked.push(query), of(text('no'), reset, text(`to ${query.question}`), finish())) })
    ask({ type: 'ask', question: 'a', history: true })
    await until('done')
    ask({ type: 'ask', question: 'b', history: true })
    await until('done', 2)
    ask({ type: 'ask', question: 'c' })
    await until('done', 3)
    const first = [{ role: 'user', content: 'a' }, { role: 'assistant', content: 'to a' }]
    expect(asked.map(({ history }) => history)).toEqual([[], first, undefined])
    const again = new WebSocket(`${url.replace('http', 'ws')}/v1/answers/socket`)
    let ended = 0
    again.on('message', (data: Buffer) => (ended += data.toString('utf8').includes('"done"') ? 1 : 0))
    await once(again, 'open')
    again.send(JSON.stringify({ type: 'resume', run: frames.filter((frame) => frame['type'] === 'run')[1]!['run'] }))
    await vi.waitFor(() => expect(ended).toBe(1))
    again.send(JSON.stringify({ type: 'ask', question: 'd', history: true }))
    await vi.waitFor(() => expect(ended).toBe(2))
    expect(asked.at(-1)!.history).toEqual([...first, { role: 'user', content: 'b' }, { role: 'assistant', content: 'to b' }])
    again.terminate()
  })

  it('stands in the access log and in the counts, with each question on it', async () => {
    const entries: AccessEntry[] = []
    const { frames, ask, until, served } = await connected({ onAccess: (entry) => entries.push(entry), answer: () => of(text('a'), finish()) })
    ask({ type: 'ask', question: 'secret' })
    await until('done')
    ask({ type: 'ask' })
    await until('refused')
    const common = { path: '/v1/answers/socket', id: entries[0]!.id, ms: expect.any(Number) as number }
    expect(entries).toEqual([{ ...common, method: 'GET', status: 101 }, { ...common, method: 'WS', status: 200, run: frames[0]!['run'] }, { ...common, method: 'WS', status: 400 }])
    const page = await (await served.fetch(get('/metrics'))).text()
    for (const line of ['method="GET",route="/v1/answers/socket",status="1xx"', 'method="WS",route="/v1/answers/socket",status="2xx"', 'method="WS",route="/v1/answers/socket",status="4xx"']) {
      expect(page).toContain(`riffle_http_requests_total{${line}} 1\n`)
    }
  })

  it('is cut, and counted, when its client reads nothing', async () => {
    const long = Array.from({ length: 2000 }, () => text('x'.repeat(8000)))
    const { client, ask, served } = await connected({ stallMs: 200, graceMs: 0, maxLogBytes: 64 * 1_048_576, answer: () => of(...long, finish()) })
    const closed = once(client, 'close')
    client.pause()
    ask({ type: 'ask', question: 'a' })
    await vi.waitFor(() => expect(served.stats()).toMatchObject({ cutViewers: 1, viewers: 0, running: 0 }), { timeout: 20_000 })
    client.resume()
    await closed
    expect(await (await served.fetch(get('/metrics'))).text()).toContain('riffle_viewers_cut_total 1\n')
  }, 30_000)

  it('is closed when its client answers no ping; the run goes on for the grace time', async () => {
    const silent = await connected({ heartbeatMs: 50, graceMs: 60_000, answer: () => concat(of(text('a')), NEVER) }, { autoPong: false })
    const closed = once(silent.client, 'close')
    silent.ask({ type: 'ask', question: 'a' })
    await silent.until('text')
    await closed
    await vi.waitFor(() => expect(silent.served.stats()).toMatchObject({ viewers: 0, running: 1, cutViewers: 0 }))
  })
})
