import { lastValueFrom } from 'rxjs'
import { afterEach, describe, expect, it } from 'vitest'
import { OverflowError, ProviderError } from '../../src/errors.ts'
import { openai } from '../../src/openai.ts'
import { type Fault, type Simulator, startSimulator } from '../../src/simulator.ts'

const key = 'sk-recognisable-0123456789'

let simulator: Simulator | undefined
afterEach(async () => {
  await simulator?.close()
  simulator = undefined
})

/** What a stream with this fault ends with, over a real socket. */
async function failure(fault: Fault): Promise<unknown> {
  simulator = await startSimulator({ script: { text: 'The heron waits.', fault } })
  const model = openai({ model: 'm', baseUrl: simulator.url, apiKey: key })
  return lastValueFrom(model.stream({ messages: [{ role: 'user', content: 'Where?' }] }), { defaultValue: undefined }).then(
    () => undefined,
    (error: unknown) => error,
  )
}

function place(error: unknown) {
  if (error instanceof OverflowError || error instanceof ProviderError) return error.detail
  throw new Error('Expected an error with a place', { cause: error })
}

describe('an error in the middle of an answer says where', () => {
  it.each([
    ['malformed event', { type: 'malformed', afterEvents: 2, data: `{"no": ${key}` }, '{"no": [secret]'],
    ['error object', { type: 'error-object', afterEvents: 2, error: { message: `not with ${key}` } }, '{"error":{"message":"not with [secret]"'],
    ['event of type error', { type: 'error-event', afterEvents: 2, error: { message: `not with ${key}` } }, '{"error":{"message":"not with [secret]"'],
  ] as const)('%s', async (_, fault, beginning) => {
    const error = await failure(fault)
    expect(place(error)).toMatchObject({ events: 3, byteOffset: expect.any(Number) })
    expect(place(error).byteOffset).toBeGreaterThan(100)
    expect(place(error).excerpt?.slice(0, beginning.length)).toBe(beginning)
    expect((error as Error).message).toMatch(/ in event 3\b/)
    expect((error as Error).message).not.toContain('\n')
  })

  it('event above its bound', async () => {
    const error = await failure({ type: 'malformed', afterEvents: 2, data: `${key} ${'x'.repeat(1_100_000)}` })
    expect(error).toBeInstanceOf(OverflowError)
    expect(place(error)).toMatchObject({ events: 3, excerpt: expect.stringMatching(/^data: \[secret\] x+…$/) })
    expect((error as Error).message).toContain('in event 3')
  })
})
