import { lastValueFrom, pipe } from 'rxjs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openai } from '../../src/models/openaiModel.ts'
import { requireFinish } from '../../src/operators/requireFinish.ts'
import { retryStream } from '../../src/operators/retryStream.ts'
import { timeLimits } from '../../src/operators/timeLimits.ts'
import { createGate } from '../../src/policies/gate.ts'
import { type Simulator, startSimulator } from '../../src/simulator.ts'
import { fanOut } from '../../src/sinks/fanOut.ts'
import { toStdout } from '../../src/sinks/toStdout.ts'
import { bigAnswer } from '../support/bigAnswer.ts'
import { FastStream, SlowStream } from '../support/slowStream.ts'
import { until } from '../wire/until.ts'
import { ask } from './asking.ts'

// A slow sink holds a model over a real socket for longer than the model may be silent. Memory: test/sinks/backPressure.test.ts.

const big = bigAnswer(24)
/** Shorter than every hold here. */
const nextTextMs = 150
let simulator: Simulator
beforeAll(async () => {
  simulator = await startSimulator({ script: { body: big.body, sliceBytes: 65_536 } })
})
afterAll(() => simulator.close())

function answered() {
  const gate = createGate()
  const attempt = pipe(timeLimits({ nextTextMs, gate }), requireFinish(), retryStream({ gate }))
  return { gate, chunks: ask({ model: openai({ model: 'm', baseUrl: simulator.url }), attempt }, { gate }) }
}
const heldForLonger = (heldNs: number) => heldNs / 1e6 > 3 * nextTextMs

describe('a sink that holds an answer back for longer than a time limit', () => {
  it('does not make the limit fire: all of it comes, by one request, when the sink goes on', async () => {
    const before = simulator.record.requests.length
    const { gate, chunks } = answered()
    const stream = new SlowStream(65_536)
    const summary = lastValueFrom(chunks.pipe(toStdout({ stream, gate })))
    await until(() => heldForLonger(gate.heldNs))
    const drainAll = setInterval(() => void stream.drain(), 1)

    expect(await summary).toEqual({ characters: big.characters, finishReason: 'stop' })
    clearInterval(drainAll)
    expect(simulator.record.requests.length - before).toBe(1)
  })

  it('and stands still is cut off after maxHoldMs, and the one beside it gets all of it in time', async () => {
    const { gate, chunks } = answered()
    const maxHoldMs = 4 * nextTextMs
    const dead = toStdout({ stream: new SlowStream(1), gate, maxHoldMs })
    const beside = new FastStream()

    const [stopped, whole] = await lastValueFrom(chunks.pipe(fanOut(dead, toStdout({ stream: beside, gate }))))

    expect(stopped).toMatchObject({ ok: false, error: { code: 'overflow', limit: maxHoldMs, unit: 'ms' } })
    expect(whole).toMatchObject({ ok: true, summary: { characters: big.characters, finishReason: 'stop' } })
    expect(heldForLonger(gate.heldNs)).toBe(true)
    expect(gate.held).toBe(false)
  })

  it('and is to be cut instead never holds, whatever it has not read', async () => {
    const { gate, chunks } = answered()
    const dead = toStdout({ stream: new SlowStream(1), gate, whenSlow: 'cut', maxBytes: 65_536 })
    const beside = new FastStream()

    const [cut, whole] = await lastValueFrom(chunks.pipe(fanOut(dead, toStdout({ stream: beside, gate }))))

    expect(cut).toMatchObject({ ok: false, error: { code: 'overflow', limit: 65_536, unit: 'bytes' } })
    expect(whole).toMatchObject({ ok: true, summary: { characters: big.characters } })
    expect(gate.heldNs).toBe(0)
  })
})
