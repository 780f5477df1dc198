import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { type ScriptedAnswer, startSimulator } from '../../src/simulator.ts'
import { unansweredAddress } from '../support/unansweredAddress.ts'
import { until } from '../wire/until.ts'

const client = fileURLToPath(new URL('../support/droppingClient.ts', import.meta.url))

const scripts: Readonly<Record<string, ScriptedAnswer>> = {
  headers: { fault: { type: 'silence' } },
  'first text': { fault: { type: 'stall', afterEvents: 1 } },
  'in the text': { fault: { type: 'stall', afterEvents: 5 } },
  'back-off': { fault: { type: 'status', status: 503, retryAfterMs: 30_000 } },
  queue: { fault: { type: 'silence' } },
  'gate held': { fault: { type: 'stall', afterEvents: 5 } },
}

it('10,000 answers that were dropped and stopped in every state leave no listener, timer, socket or memory', async () => {
  const simulator = await startSimulator({ script: ({ headers }) => scripts[decodeURIComponent(headers['x-state'] ?? '')] ?? {}, maxRequests: 100 })
  const unanswered = await unansweredAddress()
  const args = ['--expose-gc', client, simulator.url, `http://127.0.0.1:${unanswered.port}/v1`, '10000']

  const { stdout } = await promisify(execFile)(process.execPath, args, { env: {} })
  const { left, ends, warnings, grownMiB, resources, listeners } = JSON.parse(stdout) as {
    readonly left: number; readonly ends: number; readonly warnings: number; readonly grownMiB: number
    readonly resources: { readonly idle: string; readonly after: string }; readonly listeners: { readonly before: number[]; readonly after: number[] }
  }

  expect(left).toBe(10_000)
  expect(ends).toBe(left)
  expect(warnings).toBe(0)
  expect(resources.after).toBe(resources.idle)
  expect(listeners.after).toEqual(listeners.before)
  expect(grownMiB).toBeLessThan(5)

  // The other side saw the same: every connection is closed, and the client did it.
  const { counts } = simulator.record
  await until(() => counts.sockets.opened === counts.sockets.client + counts.sockets.server)
  expect(counts.sockets.server).toBe(0)
  expect(counts.byEnd.server).toBe(0)
  await unanswered.close()
  await simulator.close()
}, 300_000)
