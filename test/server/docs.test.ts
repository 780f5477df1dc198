import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { NEVER, concat, of, throwError } from 'rxjs'
import { afterEach, describe, expect, it, vi } from 'vitest'
import yargs from 'yargs'
import { withServe } from '../../src/cli/serve/options.ts'
import { createBudget } from '../../src/server/budget.ts'
import { sseEncoder } from '../../src/server/encoders.ts'
import type { HandlerOptions } from '../../src/server/options.ts'
import { operations } from '../../src/server/operations.ts'
import { routes } from '../../src/server/routes.ts'
import { serve } from '../../src/server/serve.ts'
import type { Chunk } from '../../src/types/chunk.ts'
import { call, finish, text, usage } from '../support/chunks.ts'
import { eventsIn, get, handlerOf, post, sources, words } from './asking.ts'

// docs/serve.md says what the code does: its tables are compared with it, and each limit is tried at its default.

const page = readFileSync(fileURLToPath(new URL('../../docs/serve.md', import.meta.url)), 'utf8')
/** The rows of the table below a heading, their cells. */
const tableOf = (heading: string) =>
  (page.split(`\n## ${heading}\n`)[1] ?? '').split('\n## ')[0]!.split('\n').filter((line) => line.startsWith('| ')).slice(1).map((line) => line.split(' | ').map((cell) => cell.replaceAll(/^\| | \|$/g, '')))
const codesIn = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code)
const sorted = (names: Iterable<string>) => [...names].toSorted((a, b) => a.localeCompare(b))

describe('the routes of docs/serve.md', () => {
  it('are those of the handler, the page and the socket', () => {
    const named = tableOf('Routes').flatMap(([cell = '']) => codesIn(cell)).map((code) => code.split('?')[0]!)
    expect(sorted(new Set(named))).toEqual(sorted([...routes.map(({ method, path }) => `${method} ${path}`), 'GET /', '/v1/answers/socket']))
  })

  it('have the parameters that are named', () => {
    const described = operations({ model: 'm', modes: ['compact'] })
    const fields = Object.keys(described['POST /v1/answers']!.body!['properties'] as object)
    const [, said = ''] = tableOf('Routes').find(([cell]) => cell === '`POST /v1/answers`')!
    expect(sorted([...said.matchAll(/"(\w+)"/g)].map(([, name = '']) => name))).toEqual(sorted(fields))
    const chat = Object.keys(described['POST /v1/chat/completions']!.body!['properties'] as object)
    const [, read = ''] = /^- (.*) are read\. Other fields/m.exec(page)!
    expect(sorted(codesIn(read).map((name) => name.split('.')[0]!))).toEqual(sorted(chat.filter((name) => name !== 'model' && name !== 'messages')))
    for (const [, name] of page.matchAll(/\?(query_text|question)=/g)) expect(Object.values(described).some(({ query = {} }) => Object.keys(query).includes(name ?? ''))).toBe(true)
  })
})

describe('the events of docs/serve.md', () => {
  it('are those that are sent', async () => {
    const error = { code: 'c', message: 'm' }
    // A kind of chunk that is new is missed by the compiler here.
    const chunks: { readonly [Type in Exclude<Chunk['type'], 'mark'>]: Extract<Chunk, { readonly type: Type }> } = {
      sources: { type: 'sources', passages: [] }, text: { type: 'text', text: 'a' }, reasoning: { type: 'reasoning', text: 'a' }, 'tool-call': { type: 'tool-call', index: 0, argumentsText: '' },
      citation: { type: 'citation', marker: 1, start: 0, end: 1, valid: false }, retry: { type: 'retry', attempt: 1, delayMs: 0, error }, reset: { type: 'reset', attempt: 2, error },
      turn: { type: 'turn', number: 1, question: 'a' }, draft: { type: 'draft', step: 1, text: 'a' }, object: { type: 'object', value: {}, complete: true },
      progress: { type: 'progress', stage: 'fit', done: 1, of: 1 }, usage: usage(), finish: { type: 'finish', reason: 'stop' },
    }
    const served = handlerOf({ answer: () => concat(of(...Object.values(chunks)), throwError(() => new Error('broken'))) })
    const sent = eventsIn(await (await served.fetch(get('/v1/answers?question=a'))).text()).map(({ event }) => event)
    const cut = /^event: (\w+)/.exec(sseEncoder('r').cut?.('behind') ?? '')?.[1]
    expect(sorted(tableOf('Events').flatMap(([cell = '']) => codesIn(cell)))).toEqual(sorted([...sent, cut ?? '']))
  })
})

const status = async (request: Request, options: Partial<HandlerOptions> = {}) => (await handlerOf(options).fetch(request)).status
const long = (count: number) => 'a'.repeat(count)
/** A body of exactly so many bytes. */
const bodyOf = (bytes: number) => post('/v1/answers', { question: 'a', more: long(bytes - JSON.stringify({ question: 'a', more: '' }).length) })
const nested = (depth: number) => new Request('http://localhost/v1/answers', { method: 'POST', headers: { 'content-type': 'application/json' }, body: `{"question":"a","more":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}` })
/** Goes on with the clock, and may be moved ahead. */
const ourTimers = { toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] as const satisfies string[], shouldAdvanceTime: true }

/** By the first cell of its row: what proves the row. */
const limits: Readonly<Record<string, { readonly says: readonly [string, string, string]; readonly holds: () => Promise<void> }>> = {
  'answers at once': {
    says: ['64', '`--max-runs`', 'they wait'],
    async holds() {
      const served = handlerOf({ answer: () => NEVER })
      for (let count = 0; count < 66; count++) await served.fetch(get('/v1/answers?question=a'))
      expect(served.stats()).toMatchObject({ running: 64, queued: 2 })
    },
  },
  'that wait': {
    says: ['64', '`--max-queued`', '503, `Retry-After`'],
    async holds() {
      const served = handlerOf({ answer: () => NEVER })
      for (let count = 0; count < 128; count++) await served.fetch(get('/v1/answers?question=a'))
      const refused = await served.fetch(get('/v1/answers?question=a'))
      expect([served.stats().queued, refused.status, refused.headers.has('retry-after')]).toEqual([64, 503, true])
    },
  },
  connections: {
    says: ['256', '`--max-connections`', 'closed at once'],
    async holds() {
      const { server, close } = await serve(handlerOf(), { port: 0 })
      await close()
      expect(server.maxConnections).toBe(256)
    },
  },
  'an answer without viewers': {
    says: ['10 s', '`--grace`', 'stopped'],
    async holds() {
      vi.useFakeTimers(ourTimers)
      let stopped = false
      const served = handlerOf({ answer: (_, { stop }) => (stop.subscribe(() => (stopped = true)), NEVER) })
      await (await served.fetch(get('/v1/answers?question=a'))).body!.cancel()
      vi.advanceTimersByTime(9000)
      expect(stopped).toBe(false)
      vi.advanceTimersByTime(1000)
      expect(stopped).toBe(true)
    },
  },
  'an answer that has ended can be read': {
    says: ['60 s', '`keepMs` of the handler', '404'],
    async holds() {
      vi.useFakeTimers(ourTimers)
      const served = handlerOf({ answer: () => of(text('a'), finish()) })
      const first = await served.fetch(get('/v1/answers?question=a'))
      await first.text()
      const again = async () => (await served.fetch(get(`/v1/answers/${first.headers.get('x-riffle-run')}`))).status
      vi.advanceTimersByTime(50_000)
      expect(await again()).toBe(200)
      vi.advanceTimersByTime(10_000)
      expect(await again()).toBe(404)
    },
  },
  'a client that takes nothing': {
    says: ['30 s', '`stallMs`', 'cut, and counted'],
    async holds() {
      vi.useFakeTimers(ourTimers)
      const served = handlerOf({ answer: () => concat(of(text(long(100_000))), NEVER) })
      await served.fetch(get('/v1/answers?question=a'))
      await new Promise((resolve) => setImmediate(resolve))
      vi.advanceTimersByTime(20_000)
      expect(served.stats().cutViewers).toBe(0)
      vi.advanceTimersByTime(10_000)
      expect(served.stats().cutViewers).toBe(1)
    },
  },
  'kept of an answer, of all answers': {
    says: ['1 MiB, 16 MiB', '`maxLogBytes`', 'the oldest events go'],
    async holds() {
      /** The statuses of so many answers that are read again, each of so many bytes of text. */
      const again = async (count: number, bytes: number) => {
        const runs: string[] = []
        const served = handlerOf({ onRunEnd: ({ id }) => runs.push(id), answer: () => of<Chunk[]>(text(long(bytes / 2)), text(long(bytes / 2)), sources, finish()) })
        const ask = async (path: string) => {
          const response = await served.fetch(get(path))
          // Of a text that comes all at once the first reader may see only the end.
          await response.body?.cancel().catch(() => undefined)
          return response
        }
        for (let number = 0; number < count; number++) await ask('/v1/answers?question=a')
        return new Set(await Promise.all(runs.map(async (run) => (await ask(`/v1/answers/${run}`)).status)))
      }
      expect(await again(1, 1_044_000)).toEqual(new Set([200]))
      expect(await again(1, 1_052_000)).toEqual(new Set([410]))
      expect(await again(15, 1_044_000)).toEqual(new Set([200]))
      expect(await again(17, 1_044_000)).toEqual(new Set([200, 410]))
    },
  },
  'body, its depth': {
    says: ['1 MiB, 64', '`maxBodyBytes`', '413, 400'],
    async holds() {
      expect([await status(bodyOf(1_048_576)), await status(bodyOf(1_048_577))]).toEqual([200, 413])
      expect([await status(nested(64)), await status(nested(65))]).toEqual([200, 400])
    },
  },
  question: {
    says: ['32,000 characters', '`maxQuestionLength`', '413'],
    holds: async () => expect([await status(post('/v1/answers', { question: long(32_000) })), await status(post('/v1/answers', { question: long(32_001) }))]).toEqual([200, 413]),
  },
  'headers, their time, a request\'s time': {
    says: ['16 KiB, 10 s, 30 s', 'of `serve()`', '431, 408'],
    async holds() {
      const { server, close } = await serve(handlerOf(), { port: 0 })
      await close()
      expect(server).toMatchObject({ maxHeaderSize: 16_384, headersTimeout: 10_000, requestTimeout: 30_000 })
    },
  },
  'text of an answer': {
    says: ['none', '`--tokens-per-answer`', '`stopped`'],
    async holds() {
      const answer: HandlerOptions['answer'] = (_, { stop }) => words(200, 0, stop)
      for (const [options, reason] of [[{}, 'stop'], [{ budget: createBudget({ maxTokensPerAnswer: 10 }) }, 'stopped']] as const) {
        expect(eventsIn(await (await handlerOf({ answer, ...options }).fetch(get('/v1/answers?question=a'))).text()).at(-1)?.data['reason']).toBe(reason)
      }
    },
  },
  'tokens, dollars in a day of UTC': {
    says: ['none', '`--token-budget`, `--max-cost` with `--price`', '429 `tokens-spent`, `cost-spent`, `Retry-After`'],
    async holds() {
      const price = { input: 1, output: 1 }
      for (const [budget, code] of [[createBudget({ maxTokensPerDay: 1 }), 'tokens-spent'], [createBudget({ maxCostPerDay: 1e-9, price }), 'cost-spent']] as const) {
        const served = handlerOf({ budget, answer: () => of(text('a'), usage(call(5, 2)), finish()) })
        await (await served.fetch(get('/v1/answers?question=a'))).text()
        const refused = await served.fetch(get('/v1/answers?question=a'))
        expect([refused.status, refused.headers.has('retry-after'), await refused.json()]).toMatchObject([429, true, { error: { code } }])
      }
    },
  },
}

describe('the limits of docs/serve.md', () => {
  afterEach(() => void vi.useRealTimers())

  it('are these', () => {
    expect(tableOf('Limits')).toEqual(Object.entries(limits).map(([what, { says }]) => [what, ...says]))
  })

  it.each(Object.entries(limits))('hold: %s', async (_, { holds }) => holds())

  it('have the defaults of the command, and all of its bounds are named', async () => {
    const defaults = await withServe(yargs([])).parse()
    expect(defaults).toMatchObject({ maxRuns: 64, maxQueued: 64, maxConnections: 256, grace: 10 })
    const named = codesIn(tableOf('Limits').map(([, , option = '']) => option).join(' ')).filter((name) => name.startsWith('--'))
    expect(sorted(named)).toEqual(sorted(['--max-runs', '--max-queued', '--max-connections', '--grace', '--tokens-per-answer', '--token-budget', '--max-cost', '--price']))
    const help = await withServe(yargs([])).getHelp()
    for (const name of named) expect(help).toContain(`${name} `)
  })
})
