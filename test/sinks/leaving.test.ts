import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Observable } from 'rxjs'
import { openai } from '../../src/models/openaiModel.ts'
import { createGate } from '../../src/policies/gate.ts'
import { type ScriptedAnswer, startSimulator } from '../../src/simulator.ts'
import { toAsyncIterable } from '../../src/sinks/toAsyncIterable.ts'
import { toReadable } from '../../src/sinks/toReadable.ts'
import { toReadableStream } from '../../src/sinks/toReadableStream.ts'
import type { Chunk } from '../../src/types/chunk.ts'
import type { Gate } from '../../src/types/gate.ts'
import { bigAnswer } from '../support/bigAnswer.ts'

/** Takes some of an answer and leaves. */
type Leave = (answer: Observable<Chunk>, gate: Gate) => Promise<void>

/** In the middle of what comes. */
const ways: Readonly<Record<string, Leave>> = {
  'break out of for await': async (answer, gate) => {
    for await (const chunk of toAsyncIterable(answer, { gate })) if (chunk.type === 'text') break
  },
  'cancel of a Web stream': async (answer, gate) => {
    for await (const text of toReadableStream(answer, { gate })) if (text !== '') break
  },
  'destroy of a stream of Node': async (answer, gate) => {
    const stream = toReadable(answer, { gate })
    stream.once('data', () => stream.destroy())
    await once(stream, 'close')
  },
}

/** While more is being waited for. */
const waysOfTheImpatient: Readonly<Record<string, Leave>> = {
  '`return` of an iterator': async (answer, gate) => {
    const iterator = toAsyncIterable(answer, { gate })[Symbol.asyncIterator]()
    while ((await iterator.next()).value?.type !== 'text');
    const pending = iterator.next()
    await iterator.return?.()
    expect(await pending).toEqual({ done: true, value: undefined })
  },
  'cancel of a Web stream': async (answer, gate) => {
    const reader = toReadableStream(answer, { gate }).getReader()
    await reader.read()
    const pending = reader.read()
    await reader.cancel()
    expect(await pending).toEqual({ done: true, value: undefined })
  },
  'destroy of a stream of Node': async (answer, gate) => {
    const stream = toReadable(answer, { gate }).resume()
    await once(stream, 'data')
    stream.destroy()
    await once(stream, 'close')
  },
}

async function endAfter(leave: Leave, script: ScriptedAnswer): Promise<{ by: string | undefined; held: boolean }> {
  const simulator = await startSimulator({ script })
  onTestFinished(() => simulator.close())
  const gate = createGate()
  const model = openai({ model: 'scripted', baseUrl: simulator.url })
  await leave(model.stream({ messages: [{ role: 'user', content: 'Go on.' }], gate }), gate)
  const endOfRequest = () => simulator.record.requests[0]?.end
  while (endOfRequest() === undefined) await sleep(1)
  return { by: endOfRequest()?.by, held: gate.held }
}

describe('leaving an answer closes the socket', () => {
  it.each(Object.entries(ways))('by %s, while more is there than was taken', async (_, leave) => {
    expect(await endAfter(leave, { body: bigAnswer(20).body })).toEqual({ by: 'client', held: false })
  })

  it.each(Object.entries(waysOfTheImpatient))('by %s, while the model is silent', async (_, leave) => {
    expect(await endAfter(leave, { text: 'One.', fault: { type: 'stall', afterEvents: 2 } })).toEqual({ by: 'client', held: false })
  })
})
