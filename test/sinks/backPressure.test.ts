import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Simulator, startSimulator } from '../../src/simulator.ts'
import { bigAnswer } from '../support/bigAnswer.ts'

// From socket to sink: the scripted server here, the client in a process of its own whose memory is measured.
// 400 MiB at 4 MB/s: `node bench/backPressure.ts`.

const client = fileURLToPath(new URL('../support/backPressureClient.ts', import.meta.url))
const MiB = 2 ** 20

interface Line {
  readonly taken: number
  readonly outcome?: unknown
  readonly heldNs?: number
  readonly grownMiB?: number
}

const big = bigAnswer(100)
const small = bigAnswer(2)
let simulator: Simulator
/** Odd requests are those that only warm the client up. */
beforeAll(async () => {
  simulator = await startSimulator({ script: ({ number }) => ({ body: number % 2 === 0 ? small.body : big.body, sliceBytes: 65_536 }) })
})
afterAll(() => simulator.close())

/** Runs the client. `aheadMiB`: what the server had written and the sink had not taken, once neither moved any more. */
async function runClient(mode: string): Promise<{ last: Line; aheadMiB: number | undefined }> {
  const child = spawn(process.execPath, ['--expose-gc', client, simulator.url, mode], { stdio: ['pipe', 'pipe', 'inherit'], env: {} })
  let last: Line = { taken: 0 }
  let written = 0
  let still = 0
  let aheadMiB: number | undefined
  for await (const line of createInterface({ input: child.stdout })) {
    const next = JSON.parse(line) as Line
    const bytes = simulator.record.requests.at(-1)?.bytes ?? 0
    still = next.taken > 0 && next.taken === last.taken && bytes === written ? still + 1 : 0
    if (still === 10 && next.outcome === undefined && aheadMiB === undefined) {
      aheadMiB = (bytes - next.taken * big.bytesPerCharacter) / MiB
      child.stdin.write('go on\n')
    }
    last = next
    written = bytes
  }
  return { last, aheadMiB }
}

describe('an answer of 100 MiB', () => {
  it('is held back by a slow sink down to the server, in little memory', async () => {
    const { last, aheadMiB } = await runClient('slow')

    expect(last).toMatchObject({ outcome: { characters: big.characters, finishReason: 'stop' }, taken: big.characters })
    expect(last.grownMiB).toBeLessThanOrEqual(64)
    expect(aheadMiB).toBeGreaterThan(0)
    expect(aheadMiB).toBeLessThanOrEqual(8)
    expect(last.heldNs).toBeGreaterThan(0)
  })

  it('is not held back by a sink that is cut, which does not grow', async () => {
    const { last } = await runClient('cut')

    expect(last.outcome).toMatchObject([
      { ok: false, error: { code: 'overflow', limit: MiB, unit: 'bytes' } },
      { ok: true, summary: { characters: big.characters, finishReason: 'stop' } },
    ])
    expect(last.heldNs).toBe(0)
    expect(last.grownMiB).toBeLessThanOrEqual(64)
  })

  it('is held back by a sink at standstill until that is cut off, and then goes on', async () => {
    const { last } = await runClient('standstill')

    expect(last.outcome).toMatchObject([
      { ok: false, error: { code: 'overflow', limit: 300, unit: 'ms' } },
      { ok: true, summary: { characters: big.characters, finishReason: 'stop' } },
    ])
    expect(last.heldNs).toBeGreaterThan(0)
    expect(last.grownMiB).toBeLessThanOrEqual(64)
  })
})
