import { inspect } from 'node:util'
import { throwError } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { type SimulatorOptions, startSimulator } from 'riffle-rx/simulator'
import { openai } from '../../../src/models/openaiModel.ts'
import { answer } from '../../../src/pipelines/answer.ts'
import { memoryStore } from '../../../src/stores/memoryStore.ts'
import type { HandlerOptions } from '../../../src/server/options.ts'
import { get, handlerOf, post } from '../asking.ts'

const key = 'sk-canary+/Key=0123456789abcdef'
const token = 'canary-Token+/=9876543210'
const encodings = [key, token].flatMap((secret) => [secret, encodeURIComponent(secret), btoa(secret), Buffer.from(secret).toString('base64url'), Buffer.from(secret).toString('hex'), JSON.stringify(secret).slice(1, -1), secret.slice(0, 14), secret.slice(-12)])

async function all(served: ReturnType<typeof handlerOf>): Promise<string> {
  const authorization = `Bearer ${token}`
  const requests = [
    get('/v1/answers?question=a', { authorization }), get(`/v1/answers?question=a&access_token=${encodeURIComponent(token)}`), get('/stream-question?query_text=a', { authorization }),
    post('/v1/answers', { question: 'a' }, { authorization }), post('/v1/answers', {}, { authorization }), get('/nothing', { authorization }), get('/metrics', { authorization }),
    get('/openapi.json', { authorization }), get('/v1/answers?question=a', { authorization: `Bearer ${token}x` }),
  ]
  const said: string[] = []
  for (const request of requests) {
    const response = await served.fetch(request)
    said.push(JSON.stringify([...response.headers]), await response.text().catch((error: unknown) => inspect(error)))
  }
  return said.join('\n')
}

describe('shows no secret in any form', () => {
  it.each<[string, SimulatorOptions, number]>([
    ['that the model refuses', { requireKey: 'another-key' }, 401],
    ['whose server fails', { requireKey: key, script: { fault: { type: 'status', status: 500 } } }, 500],
    ['whose connection breaks', { requireKey: key, script: { text: 'a b c', fault: { type: 'close', afterEvents: 1 } } }, 200],
  ])('with a key %s', async (_, scripted, status) => {
    const simulator = await startSimulator(scripted)
    const logged: unknown[] = []
    const store = memoryStore()
    const model = openai({ model: 'm', apiKey: key, baseUrl: simulator.url })
    const options: Partial<HandlerOptions> = { token, onAccess: (entry) => logged.push(entry), answer: ({ question }, { stop }) => answer(question, { store, model, stop }) }
    const said = `${await all(handlerOf(options))}\n${inspect(logged, { depth: 9 })}`
    // The key was sent, or the server would have said 401.
    expect(Object.keys(simulator.record.counts.byStatus)).toEqual([String(status)])
    await simulator.close()
    expect(logged).toHaveLength(9)
    expect(encodings.filter((form) => said.includes(form))).toEqual([])
  })

  it('in an error that nobody foresaw; the program is told it whole', async () => {
    const told: unknown[] = []
    const broken = new Error(`connect to https://user:${key}@host failed`, { cause: token })
    const said = await all(handlerOf({ token, onRunEnd: (_, __, error) => told.push(error), answer: () => throwError(() => broken) }))
    expect(encodings.filter((form) => said.includes(form))).toEqual([])
    expect(said).toContain('The answer failed')
    expect(told).toContain(broken)
    const sync = await all(handlerOf({ token, answer: () => { throw broken } }))
    expect(encodings.filter((form) => sync.includes(form))).toEqual([])
  })
})
