import { type MonoTypeOperatorFunction, Subject, concat, defer, from, lastValueFrom, mergeMap, takeUntil, tap } from 'rxjs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { OverflowError, ProviderError, TimeoutError, TruncatedError } from '../../src/errors.ts'
import { timeLimits } from '../../src/operators/timeLimits.ts'
import { chatEvents } from '../../src/simulator/chatEvents.ts'
import type { Chunk } from '../../src/types/chunk.ts'
import { until } from '../wire/until.ts'
import { type Call, type FaultServers, type ScriptedModel, ask, limitsFor, shapeOf, startFaultServers, textOf } from './asking.ts'
import { type FaultRow, type Place, faults, isSilent, outcomes } from './faults.ts'
import { policies, policyNames } from './policies.ts'
import { textSent } from './schedule.ts'

// Every fault of docs/reliability.md with every policy, once and at one place. At many places, and into sinks: matrix.test.ts.

const text = 'The heron – ein Reiher – waits in the shallow water until something moves there. 水は冷たい。'
const place: Place = { early: 1, late: 5, bytes: 700 }

interface Outcome {
  readonly chunks: readonly Chunk[]
  readonly calls: readonly Call[]
  readonly shape: string
  readonly error: unknown
}

const combinations = faults.flatMap((row) => policyNames.map((policy) => ({ row, policy, promised: outcomes[row.outcome][policy] })))
type Combination = (typeof combinations)[number]

let servers: FaultServers
const seen = new Map<string, Outcome>()
const keyOf = ({ row, policy }: Combination) => `${row.name} / ${policy}`

function answerOf({ answer }: FaultRow) {
  return typeof answer === 'string' ? answer : { text, continues: true, ...answer(place) }
}

/** All that is sent has come, and nothing more for a while. */
async function whenStill({ calls }: ScriptedModel, row: FaultRow): Promise<void> {
  const answer = answerOf(row)
  const sent = typeof answer === 'string' ? '' : textSent(answer, [])
  await until(() => calls[0]?.request !== undefined && calls[0].text === sent)
  await new Promise((resolve) => setTimeout(resolve, 150))
}

async function run(combination: Combination): Promise<void> {
  const { row, policy, promised } = combination
  const model = servers.modelFor(keyOf(combination), (call) => (call === 0 ? answerOf(row) : { text, continues: true }))
  const asked = policies[policy](model, { limits: limitsFor(row, model, 1, 700), more: 2 })
  const enough = new Subject<void>()
  const chunks: Chunk[] = []
  let left = false
  enough.subscribe(() => (left = true))
  if (promised.endsWith('…')) void whenStill(model, row).then(() => enough.next())
  const [end, error] = await new Promise<['error' | 'complete', unknown]>((resolve) => {
    ask(asked).pipe(takeUntil(enough)).subscribe({
      next: (chunk) => chunks.push(chunk),
      error: (failure: unknown) => resolve(['error', failure]),
      complete: () => resolve(['complete', undefined]),
    })
  })
  seen.set(keyOf(combination), { chunks, calls: model.calls, shape: shapeOf(chunks, left ? 'open' : end), error })
}

beforeAll(async () => {
  servers = await startFaultServers()
  // Those that wait for a time limit wait together, when nothing else is going on.
  const [silent, others] = [combinations.filter(({ row }) => isSilent(row)), combinations.filter(({ row }) => !isSilent(row))]
  await lastValueFrom(concat(from(others).pipe(mergeMap(run, 24)), from(silent).pipe(mergeMap(run, 64))))
}, 300_000)
afterAll(() => servers.close())

function outcomeOf(combination: Combination): Outcome {
  const outcome = seen.get(keyOf(combination))
  if (outcome === undefined) throw new Error(`${keyOf(combination)} was not asked`)
  return outcome
}

describe.each(faults)('$name', (row) => {
  it.each(combinations.filter((combination) => combination.row === row))('with $policy gives $promised', (combination) => {
    const { chunks, shape, error } = outcomeOf(combination)
    const { promised } = combination

    expect(shape).toBe(promised)
    if (promised === 'text finish' || promised.endsWith(' finish')) expect(textOf(chunks)).toBe(text)
    else expect(text.startsWith(textOf(chunks))).toBe(true)
    if (promised.endsWith('…')) return
    // Once, right before the end, with each call in it.
    const kinds = chunks.map(({ type }) => type)
    expect(kinds.indexOf('usage')).toBe(kinds.lastIndexOf('usage'))
    expect(kinds.slice(error === undefined ? -2 : -1)).toEqual(error === undefined ? ['usage', 'finish'] : ['usage'])
    const usage = chunks.find((chunk) => chunk.type === 'usage')
    expect(usage?.calls).toHaveLength(outcomeOf(combination).calls.length)
  })
})

/** An error, its cause, that one's cause and so on; of several, each of them. */
function chainOf(error: unknown): readonly unknown[] {
  if (!(error instanceof Error)) return [error]
  return [error, ...(error.cause === undefined ? [] : chainOf(error.cause)), ...(error instanceof AggregateError ? error.errors.flatMap(chainOf) : [])]
}

/** What errors of ours carry beside message, stack and cause. */
const ours = new Set(['code', 'retryable', 'name', 'status', 'retryAfterMs', 'detail', 'phase', 'limit', 'unit'])

describe('the error', () => {
  const failing = faults.filter(({ error }) => error !== undefined)

  it.each(failing)('of $name says what and where', (row) => {
    const { calls, error } = outcomeOf({ row, policy: isSilent(row) ? 'limits' : 'none', promised: '' })
    const { type, phase, status, ...promised } = row.error!
    const { detail } = error as ProviderError
    const begun = row.answer !== 'nobody' && row.answer !== 'resets' && row.answer(place).fault?.type !== 'silence'

    expect((error as Error).constructor.name).toBe(type)
    expect(error).toMatchObject(promised)
    // The status that the error reports is that of the service, also where it came inside the stream.
    expect(detail).toMatchObject({ attempt: 1, textLength: calls[0]?.text.length, textTail: calls[0]?.text })
    expect([detail.status, detail.requestId]).toEqual([status, begun ? 'simulated' : undefined])
    if (error instanceof TimeoutError) expect([error.phase, detail.phase]).toEqual([phase, begun ? 'body' : 'headers'])
    else expect(detail.phase).toBe(phase)
    if (error instanceof TimeoutError || !begun) return
    expect(detail.bytes).toBeGreaterThanOrEqual(calls[0]?.text === '' ? 0 : Buffer.byteLength(calls[0]?.text ?? ''))
    expect(detail.events).toBeGreaterThanOrEqual(calls[0]?.text === '' ? 0 : place.late - 1)
  })

  it.each([
    ['body ends after some events', undefined],
    ['malformed event in the text', place.late + 1],
    ['a line of more than 1 MiB in the text', place.late + 1],
    ['error object in the text', place.late + 1],
  ])('of %s says how many events and bytes had come, and where the one at fault stood', (name, number) => {
    const row = faults.find((one) => one.name === name)!
    const { error } = outcomeOf({ row, policy: 'none', promised: '' })
    const before = [...chatEvents({ text }, { model: 'm', messages: [], streamed: true, usageAsked: true })].slice(0, place.late).join('')

    const { events, bytes = 0, byteOffset } = (error as ProviderError).detail
    expect([events, byteOffset]).toEqual(number === undefined ? [place.late, undefined] : [number, Buffer.byteLength(before)])
    if (number === undefined) expect(bytes).toBe(Buffer.byteLength(before))
    else expect(bytes).toBeGreaterThan(Buffer.byteLength(before))
  })

  it.each(combinations.filter(({ row }) => row.error !== undefined))('of $row.name with $policy has nothing of a library in its causes', (combination) => {
    const known: readonly unknown[] = [ProviderError, TruncatedError, TimeoutError, OverflowError, Error, AggregateError]
    const { error, calls } = outcomeOf(combination)
    const errors = [error, ...calls.map((call) => call.error)].filter((one) => one !== undefined).flatMap(chainOf)

    for (const one of errors) {
      expect(known).toContain((one as Error).constructor)
      expect(Object.keys(one as object).filter((key) => !ours.has(key))).toEqual([])
    }
  })
})

describe('asked for one response instead of a stream', () => {
  it.each(faults)('$name never counts as success without the whole text', async (row) => {
    const model = servers.modelFor(`one response, ${row.name}`, (call) => (call === 0 ? answerOf(row) : { text }))
    // The end of a body that is not streamed is its end, so one that is held open is silent as well.
    const limitMs = isSilent(row) || /^(held open|finish reason, then)/.test(row.name) ? 700 : 60_000
    const limits: MonoTypeOperatorFunction<Chunk> = (chunks) => defer(() => chunks.pipe(timeLimits({ firstTextMs: model.calls.length === 0 ? limitMs : 60_000 })))
    const asked = policies.restart(model, { limits, more: 1 })
    const chunks: Chunk[] = []
    const error: unknown = await lastValueFrom(ask(asked, { streaming: false }).pipe(tap((chunk) => chunks.push(chunk)))).then(() => undefined, (failure: unknown) => failure)

    const finish = chunks.find(({ type }) => type === 'finish')
    if (error === undefined) expect([finish, textOf(chunks)]).toEqual([{ type: 'finish', reason: 'stop' }, row.outcome === 'empty' ? '' : text])
    else expect(finish).toBeUndefined()
    if (error !== undefined) expect(row.outcome).toMatch(/^refused/)
  })
})
