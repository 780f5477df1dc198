import { createServer, type ServerResponse } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openai } from '../../src/models/openaiModel.ts'
import { createGate } from '../../src/policies/gate.ts'

/** Writes the parts of an answer, each in a packet of its own. */
let script: readonly string[] = []
const server = createServer((_, response) => void write(response.writeHead(200, { 'content-type': 'text/event-stream' })))
let baseUrl = ''

beforeEach(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  baseUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/v1`
})

afterEach(() => {
  server.closeAllConnections()
  server.close()
})

async function write(response: ServerResponse): Promise<void> {
  for (const part of script) {
    response.write(part)
    await wait(20)
  }
}

const event = (body: object) => `data: ${JSON.stringify(body)}\n\n`
const text = (content: string) => event({ choices: [{ index: 0, delta: { content } }] })
const messages = [{ role: 'user' as const, content: 'a question' }]

it('goes on turning when an answer is dropped while the gate is held and more of it has come', async () => {
  script = [text('a'), text('b'), text('c')]
  const gate = createGate()
  let told = 0
  const running = openai({ model: 'm', baseUrl }).stream({ messages, gate, onUsage: () => told++ })
    .subscribe((chunk) => void (chunk.type === 'text' && gate.hold()))
  await expect.poll(() => gate.held).toBe(true)
  await wait(100)
  running.unsubscribe()
  await wait(10)
  expect(told).toBe(1)
})

it('reads what has come with the finish reason, however long the gate is held', async () => {
  const finish = event({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })
  const usage = event({ choices: [], usage: { prompt_tokens: 11, completion_tokens: 22, total_tokens: 33 } })
  script = [text('a'), finish, `${usage}data: [DONE]\n\n`]
  const gate = createGate()
  const used: number[] = []
  const types: string[] = []
  openai({ model: 'm', baseUrl }).stream({ messages, gate, onUsage: ({ inputTokens }) => used.push(inputTokens) }).subscribe(({ type }) => {
    types.push(type)
    // The next turn: between the finish reason and the usage.
    if (type === 'text') setTimeout(() => holdFor(2500), 25)
  })
  const holdFor = (ms: number) => setTimeout(gate.hold(), ms)
  await expect.poll(() => types.includes('finish'), { timeout: 8000 }).toBe(true)
  expect(used).toEqual([11])
})
