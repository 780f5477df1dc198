import { lastValueFrom, takeWhile, toArray } from 'rxjs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openai } from '../../src/models/openaiModel.ts'
import { tiktoken } from '../../src/models/tiktoken.ts'
import type { ScriptedAnswer } from '../../src/simulator/script.ts'
import { startSimulator } from '../../src/simulator/startSimulator.ts'
import type { ModelCall } from '../../src/types/chunk.ts'

const text = 'Herons stand still and wait; then they strike, quicker than one can see.'
const messages = [{ role: 'user' as const, content: 'What do herons do?' }]

async function usageOf(script: ScriptedAnswer, tokenizer = tiktoken('gpt-4o'), until?: string): Promise<{ call: ModelCall | undefined; came: string }> {
  const server = await startSimulator({ script })
  onTestFinished(() => server.close())
  const calls: ModelCall[] = []
  let came = ''
  const model = openai({ model: 'm', baseUrl: server.url, tokenizer })
  const stream = model.stream({ messages, onUsage: (call) => calls.push(call) }).pipe(
    takeWhile((chunk) => {
      if (chunk.type === 'text') came += chunk.text
      return until === undefined || !came.endsWith(until)
    }),
    toArray(),
  )
  await lastValueFrom(stream).catch(() => undefined)
  expect(calls).toHaveLength(1)
  return { call: calls[0], came }
}
const inputTokens = tiktoken('gpt-4o').count(messages[0]?.content ?? '') + 4

describe('openai with a tokenizer', () => {
  it('counts what a server does not report', async () => {
    const { call } = await usageOf({ text, usage: 'never' })
    expect(call).toEqual({ model: 'm', purpose: 'answer', inputTokens, outputTokens: tiktoken('gpt-4o').count(text), from: 'counted' })
  })

  it('counts what had come of an answer that broke off, and of one that was left', async () => {
    for (const [fault, until] of [[{ type: 'close', afterEvents: 6 }, undefined], [undefined, 'still']] as const) {
      const { call, came } = await usageOf({ text, ...(fault && { fault }) }, tiktoken('gpt-4o'), until)
      expect(came).not.toBe('')
      expect(text.startsWith(came) && came.length < text.length).toBe(true)
      expect(call).toMatchObject({ inputTokens, outputTokens: tiktoken('gpt-4o').count(came), from: 'counted' })
    }
  })

  it('takes what the server reports before its own count', async () => {
    expect((await usageOf({ text })).call?.from).toBe('server')
  })

  it('counts nothing for a request that the server refused', async () => {
    expect((await usageOf({ fault: { type: 'status', status: 503 } })).call).toMatchObject({ inputTokens: 0, outputTokens: 0 })
  })

  it('says that it estimates when its tokenizer is not the one of the model', async () => {
    expect((await usageOf({ text, usage: 'never' }, tiktoken('llama-4'))).call).toMatchObject({ from: 'estimated', outputTokens: tiktoken().count(text) })
  })
})
