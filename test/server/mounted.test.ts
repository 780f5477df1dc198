import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import express from 'express'
import { Hono } from 'hono'
import OpenAI from 'openai'
import { Subject, concat, of, takeUntil } from 'rxjs'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Handler } from '../../src/server/handler.ts'
import type { Chunk } from '../../src/types/chunk.ts'
import { finish, text } from '../support/chunks.ts'
import { handlerOf } from './asking.ts'

// The handler in servers of others, below a path of theirs.

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

const mounts: Readonly<Record<string, (answers: Handler) => Server>> = {
  Hono: ({ fetch }) => serve({ fetch: new Hono().mount('/docs', fetch).fetch, hostname: '127.0.0.1', port: 0 }) as Server,
  Express: ({ node }) => express().use('/docs', node).listen(0, '127.0.0.1'),
}

async function mounted(mount: (answers: Handler) => Server) {
  const rest$ = new Subject<Chunk>()
  const answers = handlerOf({ graceMs: 0, answer: (_, { stop }) => concat(of(text('one ')), rest$).pipe(takeUntil(stop)) })
  const server = mount(answers)
  servers.push(server)
  if (!server.listening) await once(server, 'listening')
  const release = () => {
    for (const chunk of [text('two'), finish()]) rest$.next(chunk)
    rest$.complete()
  }
  return { answers, release, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/docs` }
}

describe.each(Object.entries(mounts))('the handler in %s', (_, mount) => {
  it('streams: what is there comes before the model has ended', async () => {
    const { url, release } = await mounted(mount)
    const response = await fetch(`${url}/stream-question/?query_text=a`)
    let seen = ''
    for await (const bytes of response.body!) {
      seen += Buffer.from(bytes).toString()
      if (seen === 'one ') release()
    }
    expect(seen).toBe('one two')
  })

  it('is asked by POST, and as a model of OpenAI’s API', async () => {
    const { url, release } = await mounted(mount)
    const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 })
    let seen = ''
    for await (const { choices } of await client.chat.completions.create({ model: 'riffle', stream: true, messages: [{ role: 'user', content: 'a' }] })) {
      seen += choices[0]?.delta.content ?? ''
      if (seen === 'one ') release()
    }
    expect(seen).toBe('one two')
  })

  it('sees that a client leaves', async () => {
    const { answers, url } = await mounted(mount)
    const leave = new AbortController()
    const response = await fetch(`${url}/v1/answers?question=a`, { signal: leave.signal })
    await response.body!.getReader().read()
    expect(answers.stats()).toMatchObject({ running: 1, viewers: 1 })
    leave.abort()
    await vi.waitFor(() => expect(answers.stats()).toMatchObject({ running: 0, viewers: 0 }), 5000)
  })

  it('keeps to its own host and path', async () => {
    const { url } = await mounted(mount)
    expect([(await fetch(`${url}/healthz`)).status, (await fetch(`${url}/nothing`)).status, (await fetch(url.replace('/docs', '/healthz'))).status]).toEqual([200, 404, 404])
  })
})

it('in Express behind a parser of bodies, a request is refused and does not hang', async () => {
  const { url } = await mounted(({ node }) => express().use(express.json()).use('/docs', node).listen(0, '127.0.0.1'))
  const response = await fetch(`${url}/v1/answers`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"question":"a"}' })
  expect([response.status, await response.json()]).toMatchObject([400, { error: { code: 'bad-json' } }])
})
