import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Subject, concat, from, lastValueFrom, mergeMap, takeUntil, tap } from 'rxjs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ProviderError, SinkError, TimeoutError } from '../../src/errors.ts'
import { createGate } from '../../src/policies/gate.ts'
import { type Settled, fanOut } from '../../src/sinks/fanOut.ts'
import { toCompletion } from '../../src/sinks/toCompletion.ts'
import { toFile } from '../../src/sinks/toFile.ts'
import { toNdjson } from '../../src/sinks/toNdjson.ts'
import { toStdout } from '../../src/sinks/toStdout.ts'
import type { Chunk, Usage } from '../../src/types/chunk.ts'
import type { Message } from '../../src/types/completion.ts'
import { FastStream, TurnStream } from '../support/slowStream.ts'
import { temporaryFolder } from '../support/temporaryFolder.ts'
import { until } from '../wire/until.ts'
import { type CallAnswer, type FaultServers, type ScriptedModel, ask, limitsFor, shapeOf, startFaultServers, textOf } from './asking.ts'
import { isSilent } from './faults.ts'
import { policies } from './policies.ts'
import { promiseOf } from './promise.ts'
import { type Schedule, scheduleOf, textSent } from './schedule.ts'

// SEED=412 npx vitest run test/reliability/matrix.test.ts          one schedule
// SCHEDULES=20000 npx vitest run test/reliability/matrix.test.ts   more of them

const only = process.env['SEED']
const seeds = only === undefined ? Array.from({ length: Number(process.env['SCHEDULES'] ?? 1000) }, (_, seed) => seed) : [Number(only)]

let servers: FaultServers
let folder = ''
const unhandled: unknown[] = []
const note = (reason: unknown) => void unhandled.push(reason)
beforeAll(async () => {
  servers = await startFaultServers()
  process.on('unhandledRejection', note)
})
afterAll(() => {
  process.off('unhandledRejection', note)
  return servers.close()
})

interface Run {
  readonly chunks: readonly Chunk[]
  readonly end: 'error' | 'complete' | 'open'
  readonly error?: unknown
  readonly used: readonly Usage[]
  /** How each of the four sinks ended. */
  readonly settled: readonly Settled<unknown>[]
  readonly shown: string
  readonly lines: string
  readonly path: string
}

async function run(schedule: Schedule, model: ScriptedModel): Promise<Run> {
  const { seed, row, policy, more, slowSinks, leave } = schedule
  const gate = createGate()
  const stop = new Subject<void>()
  const left = new Subject<void>()
  const chunks: Chunk[] = []
  const used: Usage[] = []
  const stream = () => (slowSinks ? new TurnStream() : new FastStream())
  const [shown, lines] = [stream(), stream()]
  const path = join(folder, `${seed}.md`)
  const asked = policies[policy](model, { limits: limitsFor(row, model, schedule.faulty.length, 700, gate), more })
  let end: Run['end'] = 'complete'

  const answer = ask(asked, { gate, stop, onEnd: (usage) => used.push(usage) }).pipe(
    tap((chunk) => {
      chunks.push(chunk)
      if (chunks.length === leave?.after) setImmediate(() => (leave.by === 'stop' ? stop : left).next())
    }),
    takeUntil(left.pipe(tap(() => (end = 'open')))),
    fanOut(toCompletion(), toFile(path, { gate }), toStdout({ stream: shown, gate }), toNdjson({ stream: lines, gate })),
  )
  const outcome = lastValueFrom(answer).then(
    (settled) => ({ settled: settled as readonly Settled<unknown>[] }),
    (error: unknown) => {
      end = 'error'
      if (!(error instanceof SinkError)) throw error
      return { settled: error.summary as readonly Settled<unknown>[], error: error.cause }
    },
  )
  const [first = 'nobody'] = schedule.faulty
  if (policy === 'none' && isSilent(row)) {
    const sent = sentOf(first, model.calls[0]?.request.messages ?? [])
    void until(() => model.calls[0]?.text === sent || chunks.some(({ type }) => type === 'finish'))
      .then(() => new Promise((resolve) => setTimeout(resolve, 50)))
      .then(() => left.next())
  }
  return { chunks, used, path, ...(await outcome), end, shown: shown.text, lines: lines.text }
}

function sentOf(answer: CallAnswer, messages: readonly Message[]): string {
  return typeof answer === 'string' ? '' : textSent(answer, messages)
}

/** Each call said what was sent, and failed as its fault promises; those after them were whole. */
function checkCalls({ row, policy, faulty, well, text, leave }: Schedule, { calls }: ScriptedModel): void {
  for (const [number, call] of calls.entries()) {
    // The rest of an answer may end before the place of the fault; and whoever leaves sees no more of it.
    const mayBeEither = (policy === 'continueAfterCut' && number > 0) || leave !== undefined
    const isToFail = number < faulty.length && row.error !== undefined
    if (!mayBeEither) expect([number, call.finished]).toEqual([number, !isToFail])
    const answer = faulty[number] ?? well
    const sent = sentOf(answer, call.request.messages)
    const losesBytes = typeof answer !== 'string' && answer.fault?.type === 'reset'
    if (call.finished || (call.error !== undefined && !losesBytes)) expect(call.text).toBe(sent)
    else expect(sent.startsWith(call.text)).toBe(true)
    if (call.error === undefined) continue
    expect(number).toBeLessThan(faulty.length)
    expect(row.error).toMatchObject({ code: (call.error as ProviderError).code, retryable: (call.error as ProviderError).retryable })
    expect((call.error as Error).constructor.name).toBe(row.error?.type)
  }
  for (const call of calls.filter(({ finished }) => finished)) expect(text.endsWith(call.text)).toBe(true)
}

function checkEnd({ policy, more, row, text, leave }: Schedule, { calls }: ScriptedModel, { chunks, end, error, used }: Run): void {
  const shape = shapeOf(chunks, end)
  const said = textOf(chunks)
  const reason = chunks.findLast((chunk) => chunk.type === 'finish')?.reason
  // Nothing cut counts as success, and nothing else is said than was sent.
  if (reason === 'stop') expect(said).toBe(row.outcome === 'empty' ? '' : text)
  else expect(text.startsWith(said)).toBe(true)

  const kinds = chunks.map(({ type }) => type)
  if (end === 'open') expect(kinds).not.toContain('usage')
  else {
    expect(kinds.slice(end === 'error' ? -1 : -2)).toEqual(end === 'error' ? ['usage'] : ['usage', 'finish'])
    expect(kinds.filter((kind) => kind === 'usage' || kind === 'finish')).toHaveLength(end === 'error' ? 1 : 2)
    expect(chunks.find(({ type }) => type === 'usage')).toEqual({ type: 'usage', ...used[0] })
  }
  expect(used).toHaveLength(1)
  expect(used[0]?.calls).toHaveLength(calls.length)

  if (reason === 'stopped') return expect(leave?.by).toBe('stop')
  if (end === 'open' && leave?.by === 'drop') return
  const promised = promiseOf(policy, more, calls)
  const withoutJoined = (kindsInOrder: string) => (policy === 'continueAfterCut' ? kindsInOrder.replaceAll(/(?<=retry )text /g, '') : kindsInOrder)
  expect(withoutJoined(shape)).toBe(promised.shape)
  expect(calls).toHaveLength(promised.calls)
  if (promised.error === undefined) expect(error).toBeUndefined()
  else if ('code' in promised.error) expect(error).toMatchObject({ code: promised.error.code, cause: expect.any(Error) as Error })
  else if (calls[promised.error.call]?.error !== undefined) expect(error).toBe(calls[promised.error.call]?.error)
  else expect(error).toBeInstanceOf(TimeoutError)
}

function checkSinks({ row }: Schedule, { chunks, end, settled, shown, lines, path }: Run): void {
  const said = textOf(chunks)
  const reason = chunks.findLast((chunk) => chunk.type === 'finish')?.reason
  const [completion, file, stdout, ndjson] = settled
  const ok = end !== 'error'
  expect([completion?.ok, file?.ok, ndjson?.ok]).toEqual([ok, ok, ok])
  expect(completion?.summary).toMatchObject({ text: said, finishReason: reason ?? 'partial' })

  const isWhole = reason === 'stop'
  expect(file?.summary).toMatchObject({ complete: isWhole, bytes: Buffer.byteLength(said) })
  expect([existsSync(path), existsSync(`${path}.part`), existsSync(`${path}.part.json`)]).toEqual([isWhole, !isWhole, !isWhole])
  expect(readFileSync(isWhole ? path : `${path}.part`, 'utf8')).toBe(said)

  const written = lines.split('\n').slice(0, -1).map((line) => JSON.parse(line) as Chunk)
  expect(textOf(written)).toBe(said)
  expect(written.at(-1)?.type).toBe(end === 'error' ? 'usage' : end === 'complete' ? 'finish' : chunks.findLast(({ type }) => type !== 'mark')?.type)

  const taken = chunks.findIndex(({ type }, index) => type === 'reset' && textOf(chunks.slice(0, index)) !== '')
  if (taken === -1) expect([row.name, stdout?.ok, shown]).toEqual([row.name, ok, said])
  else {
    expect(stdout).toMatchObject({ ok: false, error: { code: 'reset-refused' } })
    expect(shown).toBe(textOf(chunks.slice(0, taken)))
  }
}

const isSilentSeed = (seed: number) => isSilent(scheduleOf(seed).row)

async function prove(seed: number): Promise<void> {
  const schedule = scheduleOf(seed)
  const { faulty, well } = schedule
  const model = servers.modelFor(`seed ${seed}`, (call) => faulty[call] ?? well)
  try {
    const outcome = await run(schedule, model)
    checkCalls(schedule, model)
    checkEnd(schedule, model, outcome)
    checkSinks(schedule, outcome)
  } catch (error) {
    const { row, policy } = schedule
    throw new Error(`SEED=${seed} (${row.name}, ${policy}): ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
}

describe('every fault with every policy', () => {
  it(`keeps what docs/reliability.md promises, in ${seeds.length} seeded schedules`, async () => {
    folder = temporaryFolder()
    // Those that wait for a time limit wait together, when nothing else is going on.
    const [silent, others] = [seeds.filter(isSilentSeed), seeds.filter((seed) => !isSilentSeed(seed))]
    await lastValueFrom(concat(from(others).pipe(mergeMap(prove, 24)), from(silent).pipe(mergeMap(prove, 64))), { defaultValue: undefined })

    expect(unhandled).toEqual([])
  }, 300_000)
})
