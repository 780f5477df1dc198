import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Simulator, startSimulator } from 'riffle-rx/simulator'
import { type Serving, serveCommand } from '../support/serveCommand.ts'
import { clients } from './clients.ts'

// Every client against processes of `riffle serve`: one with a single place, and one whose budget is spent.

const token = 'a-token-of-23-characters'
const text = 'Herons stand still and wait.'
const home = mkdtempSync(join(tmpdir(), 'riffle-clients-'))
let simulator: Simulator
let server: Serving
let spent: Serving

beforeAll(async () => {
  // The role is the first event of each.
  const answers = [{ question: 'stalls', text, fault: { type: 'stall', afterEvents: 4 } }, { question: 'breaks', text, fault: { type: 'close', afterEvents: 4 } }, { text }] as const
  simulator = await startSimulator({ script: { answers } })
  const flags = ['--data', 'examples/documents', '--base-url', simulator.url, '--model', 'm', '--max-runs', '1', '--max-queued', '0', '--grace', '0']
  const env = { HOME: home, RIFFLE_TOKEN: token }
  server = await serveCommand(flags, env)
  spent = await serveCommand([...flags, '--token-budget', '1'], env)
  const asked = await fetch(`${spent.url}/stream-question?query_text=a`, { headers: { authorization: `Bearer ${token}` } })
  await asked.text()
})
afterAll(async () => {
  await Promise.all([server.stop(), spent.stop()])
  await simulator.close()
  rmSync(home, { recursive: true })
})

/** Every field that a program could look at. */
const said = (error: unknown) => `${inspect(error, { depth: 4 })} ${JSON.stringify(error)}`
const lastEnd = () => simulator.record.requests.at(-1)?.end?.by

describe.each(clients)('$name', ({ name, ask, tells }) => {
  const asked = (more: { readonly url?: string; readonly question?: string; readonly token?: string; readonly signal?: AbortSignal } = {}) =>
    ask({ url: server.url, question: 'What do herons do?', token, signal: new AbortController().signal, ...more })
  const whole = async (pieces: AsyncIterable<string>) => {
    let seen = ''
    for await (const piece of pieces) seen += piece
    return seen
  }
  const failure = async (pieces: AsyncIterable<string>) => whole(pieces).then((got) => expect.fail(`Got an answer: ${got}`), said)

  it('gets the answer', async () => {
    expect(await whole(asked())).toBe(text)
    expect(lastEnd()).toBe('finished')
  })

  it('sees its pieces while the model has not ended; stopping closes the socket of the model', async () => {
    const stop = new AbortController()
    const before = simulator.record.requests.length
    let seen = ''
    let pieces = 0
    try {
      for await (const piece of asked({ question: 'What stalls?', signal: stop.signal })) {
        seen += piece
        if (piece !== '') pieces++
        if (seen !== 'Herons stand still') continue
        expect(lastEnd()).toBeUndefined()
        stop.abort()
        if (stop.signal.aborted) break
      }
    } catch (error) {
      expect(stop.signal.aborted, said(error)).toBe(true)
    }
    expect(seen).toBe('Herons stand still')
    // What comes as bytes may come together.
    if (!name.includes('plain text')) expect(pieces).toBe(3)
    await vi.waitFor(() => expect(lastEnd()).toBe('client'), 5000)
    expect(simulator.record.requests).toHaveLength(before + 1)
  })

  it('is told when the model breaks off in the middle', async () => {
    let seen = ''
    const failed = async () => {
      for await (const piece of asked({ question: 'What breaks?' })) seen += piece
    }
    const error = await failed().then(() => 'The answer ended as if it were whole', said)
    expect(error).toMatch(tells.broken)
    expect(seen).toBe('Herons stand still')
  })

  it('is told that its token is wrong', async () => {
    expect(await failure(asked({ token: 'another-token-of-mine' }))).toMatch(tells.unauthorized)
  })

  it('is told that all places are taken', async () => {
    const leave = new AbortController()
    const taking = await fetch(`${server.url}/v1/answers?question=stalls`, { headers: { authorization: `Bearer ${token}` }, signal: leave.signal })
    const refused = await failure(asked())
    leave.abort()
    expect([taking.status, refused]).toEqual([200, expect.stringMatching(tells.busy)])
    await vi.waitFor(() => expect(lastEnd()).toBe('client'), 5000)
  })

  it('is told that the budget of the day is spent', async () => {
    const before = simulator.record.requests.length
    expect(await failure(asked({ url: spent.url }))).toMatch(tells.spent)
    expect(simulator.record.requests).toHaveLength(before)
  })
})
