import { inspect } from 'node:util'
import { lastValueFrom, tap } from 'rxjs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { toErrorInfo } from '../../src/errors.ts'
import { openai } from '../../src/models/openaiModel.ts'
import { timeLimits } from '../../src/operators/timeLimits.ts'
import { type Fault, type ScriptedAnswer, type Simulator, startSimulator } from '../../src/simulator.ts'
import { fanOut } from '../../src/sinks/fanOut.ts'
import { toCompletion } from '../../src/sinks/toCompletion.ts'
import type { Chunk } from '../../src/types/chunk.ts'
import { ask } from './asking.ts'
import { policies, policyNames } from './policies.ts'

// A server that puts what is secret into everything it says: none of it is in anything that a program would print.

const canaries = { apiKey: 'sk-canary-0123456789abcdef', header: 'hdr-canary+fedcba/98765', query: 'qry canary&zq4y=zq4y' }
const echo = Object.values(canaries).flatMap((secret) => [secret, encodeURIComponent(secret), JSON.stringify(secret)]).join(' ')
/** Parts that no message of ours has, nor the digits of a time. */
const traces = /canary|0123456789abcdef|fedcba|zq4y/

const error = { message: `You sent ${echo}`, type: 'server_error', code: canaries.apiKey }
const faults: Readonly<Record<string, Fault>> = {
  'an error status': { type: 'status', status: 500, body: { error } },
  'a refusal': { type: 'status', status: 401, body: { error }, headers: { location: `/?${encodeURIComponent(canaries.query)}` } },
  'an error status in plain text': { type: 'status', status: 400, body: echo },
  'a page of HTML': { type: 'content', contentType: `text/html; x=${canaries.apiKey}`, body: echo },
  'a content type': { type: 'content', contentType: `text/${canaries.apiKey}`, body: '' },
  'an error object before the text': { type: 'error-object', afterEvents: 1, error },
  'an error object in the text': { type: 'error-object', afterEvents: 3, error },
  'an error event': { type: 'error-event', afterEvents: 3, error },
  'a malformed event': { type: 'malformed', afterEvents: 3, data: `{"x": ${echo}` },
  'a line that is too long': { type: 'malformed', afterEvents: 3, data: echo + 'x'.repeat(1_100_000) },
  'JSON that breaks off': { type: 'content', contentType: 'application/json', body: `{"x": ${echo}` },
  'the name of a request that is cut': { type: 'cut', afterEvents: 3 },
}

let simulator: Simulator
let answer: ScriptedAnswer = {}
beforeAll(async () => {
  simulator = await startSimulator({ script: () => answer })
})
afterAll(() => simulator.close())

/** Whatever a program might print of an error. */
function shownOf(failure: unknown): string {
  const causes: unknown[] = []
  for (let cause = failure; cause !== undefined && causes.length < 10; cause = cause instanceof Error ? cause.cause : undefined) causes.push(cause)
  const texts = causes.map((cause) => `${String(cause)} ${cause instanceof Error ? `${cause.message} ${cause.stack}` : ''} ${JSON.stringify(cause)}`)
  return [...texts, JSON.stringify(toErrorInfo(failure)), inspect(failure, { depth: 20, showHidden: true, maxStringLength: Infinity })].join('\n')
}

describe.each(policyNames)('with %s no secret is shown', (policy) => {
  it.each(Object.entries(faults))('when it is in %s', async (_, fault) => {
    answer = { text: 'One two three four five.', headers: { 'x-request-id': `req ${canaries.apiKey}` }, fault }
    const baseUrl = `${simulator.url}?key=${encodeURIComponent(canaries.query)}`
    const model = openai({ model: 'm', baseUrl, apiKey: canaries.apiKey, headers: { 'x-account': canaries.header } })
    const chunks: Chunk[] = []
    const asked = policies[policy](model, { limits: timeLimits({ firstTextMs: 30_000, nextTextMs: 30_000 }), more: 1 })

    const failure: unknown = await lastValueFrom(ask(asked).pipe(tap((chunk) => chunks.push(chunk)), fanOut(toCompletion()))).then(
      ([completion]) => completion,
      (reason: unknown) => reason,
    )

    expect(simulator.record.requests.at(-1)?.path).toBe('/v1/chat/completions')
    expect(shownOf(failure)).not.toMatch(traces)
    expect(JSON.stringify(chunks)).not.toMatch(traces)
  })
})
