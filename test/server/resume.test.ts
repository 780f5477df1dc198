import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Simulator, startSimulator } from 'riffle-rx/simulator'
import { openai } from '../../src/models/openaiModel.ts'
import { answer } from '../../src/pipelines/answer.ts'
import type { Handler } from '../../src/server/handler.ts'
import { memoryStore } from '../../src/stores/memoryStore.ts'
import { type SeenEvent, eventsIn, get, handlerOf } from './asking.ts'

const count = 200
let simulator: Simulator
let asked: Handler

beforeAll(async () => {
  // With the run's own event, `sources`, `usage`, `finish` and `done`: texts for the rest.
  simulator = await startSimulator({ script: { tokens: count - 5, delayMs: 1 } })
  const store = memoryStore()
  const model = openai({ model: 'm', baseUrl: simulator.url })
  asked = handlerOf({ maxRuns: 300, answer: ({ question }, { stop }) => answer(question, { store, model, stop }) })
})
afterAll(async () => {
  await asked.close()
  await simulator.close()
})

/** Reads until there are so many events of the run; then the client breaks its connection. */
async function firstEvents(response: Response, wanted: number): Promise<SeenEvent[]> {
  const reader = response.body!.getReader()
  const decoder = new TextDecoder()
  let said = ''
  while (said.split('\n\n').length <= wanted) {
    const { done, value } = await reader.read()
    if (done) break
    said += decoder.decode(value, { stream: true })
  }
  await reader.cancel()
  return eventsIn(said).slice(0, wanted)
}

describe('an answer of 200 events', () => {
  it('comes whole, in order and once after a disconnect behind every single event, while it is made; the model is asked once for each', async () => {
    const before = simulator.record.counts.requests
    const broken = Array.from({ length: count }, async (_, index) => {
      const first = await asked.fetch(get('/v1/answers?question=a'))
      const run = first.headers.get('x-riffle-run')!
      const seen = await firstEvents(first, index + 1)
      // As EventSource does: the same address, with the last id.
      const back = await asked.fetch(get('/v1/answers?question=a', { 'last-event-id': seen.at(-1)!.id }))
      if (back.status === 204) return { run, ids: seen.map(({ id }) => id), last: seen.at(-1)! }
      const rest = eventsIn(await back.text()).slice(1)
      return { run, ids: [...seen, ...rest].map(({ id }) => id), last: rest.at(-1)! }
    })
    for (const { run, ids, last } of await Promise.all(broken)) {
      expect(ids).toEqual(Array.from({ length: count }, (_, number) => `${run}-${number}`))
      expect(last.data).toEqual({ type: 'done', reason: 'stop' })
    }
    expect(simulator.record.counts.requests - before).toBe(count)
    expect(simulator.record.counts.byEnd).toMatchObject({ server: 0, client: 0 })
  }, 60_000)

  it('can be read from behind every event of one run once more, after its end', async () => {
    const first = await asked.fetch(get('/v1/answers?question=a'))
    const run = first.headers.get('x-riffle-run')!
    const all = eventsIn(await first.text())
    const before = simulator.record.counts.requests
    expect(all).toHaveLength(count)
    const rests = await Promise.all(all.slice(0, -1).map(async ({ id }) => (await asked.fetch(get(`/v1/answers/${run}`, { 'last-event-id': id }))).text()))
    for (const [seen, rest] of rests.entries()) expect(eventsIn(rest).slice(1)).toEqual(all.slice(seen + 1))
    expect((await asked.fetch(get('/v1/answers?question=a', { 'last-event-id': all.at(-1)!.id }))).status).toBe(204)
    expect(simulator.record.counts.requests).toBe(before)
  })
})
