import { createServer } from 'node:http'
import { filter, lastValueFrom, of, toArray } from 'rxjs'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { RequestSample } from '../../src/benchmark/run.ts'
import { createRunFold } from '../../src/benchmark/createRunFold.ts'
import { runLoads } from '../../src/benchmark/runLoads.ts'
import { mark } from '../../src/internal/mark.ts'
import { openai } from '../../src/models/openaiModel.ts'
import { tiktoken } from '../../src/models/tiktoken.ts'
import { generateAnswer } from '../../src/operators/generateAnswer.ts'
import { timeLimits } from '../../src/operators/timeLimits.ts'
import type { Script } from '../../src/simulator/script.ts'
import { type Simulator, startSimulator } from '../../src/simulator/startSimulator.ts'
import { runInfo } from '../support/benchRun.ts'

/** Asks a scripted server a few times, as the command does, and gives what was measured beside what the server wrote down. */
async function measured(script: Script, requests = 3): Promise<{ samples: RequestSample[]; simulator: Simulator }> {
  const simulator = await startSimulator({ script })
  onTestFinished(() => simulator.close())
  return { samples: await samplesOf(simulator.url, requests), simulator }
}

async function samplesOf(baseUrl: string, requests: number): Promise<RequestSample[]> {
  const model = openai({ model: 'm', baseUrl })
  const run = runLoads({
    targets: [({ id, question }) => of({ id, question, messages: [{ role: 'user' as const, content: question }], marks: [mark('accepted')] }).pipe(generateAnswer(model, { attempt: timeLimits({ firstTextMs: 1500, nextTextMs: 1500 }) }))],
    loads: [{ name: '1 at once', kind: 'closed', concurrency: 1 }],
    question: (number) => ({ id: String(number), question: `Question ${number}?` }),
    requests, seed: 1, tokenizer: tiktoken(),
  })
  return lastValueFrom(run.pipe(filter((line): line is RequestSample => line.type === 'request'), toArray()))
}

const times = (samples: readonly RequestSample[]) => samples.map((sample) => Object.keys(sample.times).toSorted((a, b) => (a < b ? -1 : 1)))
const some = ['connectMs', 'latencyMs', 'streamMs', 'ttfbMs', 'ttfoMs', 'ttftMs', 'waitMs']
const gaps = ['gapMs', 'itlMs', 'maxGapMs', 'tpotMs']
const all = [...some, ...gaps].toSorted((a, b) => (a < b ? -1 : 1))

describe('a measured request', () => {
  it.each<[string, Script, Partial<RequestSample>, readonly string[]]>([
    ['one token', { tokens: 1 }, { chunks: 1, outputTokens: 1, tokensFrom: 'server', finishReason: 'stop' }, some],
    ['one chunk of many tokens', { tokens: 30, tokensPerEvent: 100 }, { chunks: 1, outputTokens: 30 }, some],
    ['a token each chunk', { tokens: 30 }, { chunks: 30, outputTokens: 30, stalls: 0 }, all],
    ['three tokens each chunk', { tokens: 30, tokensPerEvent: 3 }, { chunks: 10, outputTokens: 30 }, all],
    ['no role-only first frame', { tokens: 5, roleFirst: false }, { chunks: 5, outputTokens: 5 }, all],
    ['reasoning, then text', { reasoning: 'so it is', tokens: 4 }, { chunks: 7, finishReason: 'stop' }, all],
    ['usage always', { tokens: 5, usage: 'always' }, { chunks: 5, outputTokens: 5, tokensFrom: 'server' }, all],
    ['no usage: counted here', { text: 'one two three four five', usage: 'never' }, { chunks: 5, outputTokens: 5, tokensFrom: 'counted' }, all],
    ['no [DONE]', { tokens: 5, done: false }, { chunks: 5, finishReason: 'stop' }, all],
    ['a stream that is held open after its end', { tokens: 5, fault: { type: 'hold-open' } }, { chunks: 5, finishReason: 'stop' }, all],
    ['split characters', { text: 'füß 語 😀 füß 語 😀', sliceBytes: 1 }, { finishReason: 'stop' }, all],
  ])('has the right counts and times: %s', async (_, script, expected, timed) => {
    const { samples, simulator } = await measured(script)

    for (const sample of samples) expect(sample).toMatchObject(expected)
    expect(times(samples)).toEqual([timed, timed, timed])
    // The witness: as many requests, and every event with text came as a chunk.
    expect(simulator.record.counts.requests).toBe(3)
    for (const { times: { waitMs = 0, connectMs = 0, ttfoMs = 0, streamMs = 0, latencyMs = 0 } } of samples) {
      expect(connectMs + ttfoMs).toBeCloseTo(waitMs, 6)
      expect(waitMs + streamMs).toBeCloseTo(latencyMs, 6)
    }
  })

  it('has a first text but no visible one when the model only reasons, or only calls a tool', async () => {
    const { samples: reasoned } = await measured({ reasoning: 'so it is', text: '', finishReason: 'length' })
    const { samples: called } = await measured({ text: '', toolCalls: [{ id: 'a', name: 'find', arguments: '{"a":1}' }] })

    for (const sample of [...reasoned, ...called]) {
      expect(sample.error).toBeUndefined()
      expect(sample.times.ttftMs).toBeGreaterThan(0)
      expect([sample.times.waitMs, sample.times.ttfoMs]).toEqual([undefined, undefined])
    }
    expect(called[0]?.finishReason).toBe('stop')
  })

  it('does not take a role-only frame, or an empty one, for the first text', async () => {
    const { samples, simulator } = await measured({ tokens: 3, firstDelayMs: 100 })

    // On one machine both read the same clock: the frame with the role was written long before the first text.
    for (const [place, { times: { ttfbMs = 0, ttftMs = 0 } }] of samples.entries()) {
      const { writes } = simulator.record.requests[place]!
      const waited = (writes.at(1)!.at - writes.at(0)!.at) / 1e6
      expect(waited).toBeGreaterThanOrEqual(99)
      expect(ttftMs - ttfbMs).toBeGreaterThan(waited / 2)
    }
  })

  it.each<[string, Script, string, number]>([
    ['an error in the stream', { tokens: 9, fault: { type: 'error-object', afterEvents: 3 } }, 'stream-error', 2],
    ['HTML with status 200', { fault: { type: 'content', contentType: 'text/html', body: '<h1>Bad Gateway</h1>' } }, 'wrong-content-type', 0],
    ['a reset', { tokens: 9, fault: { type: 'reset', afterEvents: 4 } }, 'truncated', 3],
    ['a body that ends early', { tokens: 9, fault: { type: 'close', afterEvents: 4 } }, 'truncated', 3],
    ['a stall', { tokens: 9, fault: { type: 'stall', afterEvents: 4 } }, 'timeout', 3],
    ['a status', { fault: { type: 'status', status: 503 } }, 'server-error', 0],
  ])('is an error of its class, and in no time: %s', async (_, script, code, chunks) => {
    const { samples } = await measured(script, 2)

    expect(samples.map(({ error, times: none, chunks: came }) => [error?.code, none, came])).toEqual([[code, {}, chunks], [code, {}, chunks]])
    const fold = createRunFold(runInfo())
    for (const sample of samples) fold.take(sample)
    expect(fold.summary().results[0]).toMatchObject({ requests: 2, failed: 2, succeeded: 0, errors: [{ code, count: 2 }], metrics: [] })
  })

  it('is one long gap, and a stall, when the server pauses for more than a second', async () => {
    const body = (text: string, reason: string | null) => `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: text }, finish_reason: reason }] })}\n\n`
    const server = createServer((request, response) => {
      request.resume()
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(body('a', null))
      setTimeout(() => response.end(body('b', 'stop')), 1100)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const { port } = server.address() as { port: number }
    const model = openai({ model: 'm', baseUrl: `http://127.0.0.1:${port}/v1` })
    const run = runLoads({
      targets: [({ id, question }) => of({ id, question, messages: [], marks: [mark('accepted')] }).pipe(generateAnswer(model))],
      loads: [{ name: '1 at once', kind: 'closed', concurrency: 1 }],
      question: () => ({ id: '1', question: 'Why?' }), requests: 1, seed: 1,
    })
    const [sample] = await lastValueFrom(run.pipe(filter((line): line is RequestSample => line.type === 'request'), toArray()))

    expect(sample).toMatchObject({ chunks: 2, stalls: 1, outputTokens: 2, tokensFrom: 'chunks' })
    expect(sample?.times.maxGapMs).toBeGreaterThan(1000)
  })
})
