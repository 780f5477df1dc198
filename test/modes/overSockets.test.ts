import { setTimeout as sleep } from 'node:timers/promises'
import { Subject, defer, identity, lastValueFrom, of, take, tap, toArray } from 'rxjs'
import { openai } from 'riffle-rx/openai'
import { type Simulator, startSimulator } from 'riffle-rx/simulator'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ResponseModeName, responseModes } from '../../src/modes/responseModes.ts'
import { generateAnswer } from '../../src/operators/generateAnswer.ts'
import type { Usage } from '../../src/types/chunk.ts'
import { scoredPassage } from '../support/passage.ts'

/** Four passages of some 1,000 tokens fit into a prompt. */
const settings = { maxInputTokens: 4500, answerTokens: 200, concurrency: 2 }
const passages = Array.from({ length: 5 }, (_, index) => scoredPassage(`fact${index} `.repeat(150).trim(), 5 - index, { documentId: `d${index}` }))
const callsOf = { compact: 2, refine: 5, 'tree-summarize': 3, simple: 1, accumulate: 5 } satisfies Partial<Record<ResponseModeName, number>>
const modes = Object.keys(callsOf) as (keyof typeof callsOf)[]

let simulator: Simulator
beforeAll(async () => {
  simulator = await startSimulator({ script: { text: 'A fact [1].', delayMs: 1 }, recordEvents: false })
})
afterAll(() => simulator.close())

const answerIn = (mode: ResponseModeName, question: string, more: object = {}) => {
  const model = responseModes[mode](openai({ model: 'simulated', baseUrl: simulator.url }), settings)
  return defer(() => of({ id: 'q', question, passages })).pipe(generateAnswer(model, more))
}

/** The requests that were made for a question, once none at all is under way. */
async function requestsFor(question: string) {
  const isOver = () => simulator.record.requests.every(({ end }) => end !== undefined)
  for (let turn = 0; turn < 2000 && !isOver(); turn++) await sleep(1)
  expect(isOver()).toBe(true)
  return simulator.record.requests.filter(({ body }) => JSON.stringify(body).includes(question))
}

describe.each(modes)('%s over sockets', (mode) => {
  it('makes its calls, each to its end', async () => {
    const chunks = await lastValueFrom(answerIn(mode, `All of ${mode}?`).pipe(toArray()))
    const requests = await requestsFor(`All of ${mode}?`)
    expect(requests.map(({ end }) => end?.by)).toEqual(Array.from({ length: callsOf[mode] }, () => 'finished'))
    expect(chunks.at(-2)).toMatchObject({ type: 'usage', from: 'server', calls: requests.map(() => expect.objectContaining({ from: 'server' }) as unknown) })
  })

  it.each(['stop', 'drop'] as const)('%s at every chunk leaves no request under way and none untold', async (how) => {
    const questionOf = (moment: number) => `How to ${how} ${mode} at ${moment}?`
    const used: Usage[] = []
    const { length } = await lastValueFrom(answerIn(mode, questionOf(0), { onEnd: (usage: Usage) => used.push(usage) }).pipe(toArray()))
    for (let moment = 1; moment <= length; moment++) {
      const stop = new Subject<void>()
      let seen = 0
      const stopping = answerIn(mode, questionOf(moment), { ...(how === 'stop' && { stop }), onEnd: (usage: Usage) => used.push(usage) }).pipe(
        tap(() => {
          if (++seen === moment) stop.next()
        }),
        how === 'drop' ? take(moment) : identity,
      )
      const chunks = await lastValueFrom(stopping.pipe(toArray()))
      if (how === 'stop') expect(chunks.slice(-2).map(({ type }) => type)).toEqual(['usage', 'finish'])
    }
    // What was written before the socket closed has arrived when all of this has.
    await lastValueFrom(answerIn(mode, `After ${how}?`))
    for (const [moment, { calls }] of used.entries()) {
      const requests = await requestsFor(questionOf(moment))
      expect(requests.length).toBeLessThanOrEqual(callsOf[mode])
      // A call that was dropped on its way was told, though the server may not have seen it.
      expect(calls.length).toBeGreaterThanOrEqual(requests.length)
      for (const { end } of requests) expect(end?.by).toMatch(/^(client|finished)$/)
    }
    expect(used).toHaveLength(length + 1)
  })
})
