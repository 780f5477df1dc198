import { once } from 'node:events'
import { Subject, concat, of } from 'rxjs'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import type { HandlerOptions } from '../../src/server/options.ts'
import { type Serving, serve } from '../../src/server/serve.ts'
import type { Chunk } from '../../src/types/chunk.ts'
import { finish, text } from '../support/chunks.ts'
import { handlerOf, words } from './asking.ts'

type Frame = Readonly<Record<string, unknown>>
const serving: Serving[] = []
afterEach(async () => {
  await Promise.all(serving.splice(0).map(async ({ close }) => close()))
})

async function connected(options: Partial<HandlerOptions>, headers: Record<string, string> = {}) {
  const server = await serve(handlerOf(options), { port: 0 })
  serving.push(server)
  const client = new WebSocket(`${server.url.replace('http', 'ws')}/v1/answers/socket`, { headers })
  const frames: Frame[] = []
  client.on('message', (data: Buffer) => frames.push(JSON.parse(data.toString('utf8')) as Frame))
  await once(client, 'open')
  const ask = (message: object) => client.send(JSON.stringify(message))
  const until = async (type: string, count = 1) => vi.waitFor(() => expect(frames.filter((frame) => frame['type'] === type)).toHaveLength(count), 5000)
  return { client, frames, ask, until }
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
    await expect(connected({}, { origin: 'https://evil.example' })).rejects.toThrow('403')
    await expect(connected({ token: 'secret' })).rejects.toThrow('401')
  })
})
