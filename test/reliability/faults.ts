import type { Fault, ScriptedAnswer } from '../../src/simulator.ts'
import type { policies } from './policies.ts'

/** How far an answer comes before something goes wrong with it. */
export interface Place {
  /** Events before the first text: 0 is right after the headers. */
  readonly early: number
  /** Events of which the last have text, and after which text is missing. */
  readonly late: number
  /** Bytes of the body within that text, inside a character where there is one of more than one byte. */
  readonly bytes: number
}

/** What an error says, whoever sees it. */
export interface PromisedError {
  readonly type: 'ProviderError' | 'TruncatedError' | 'TimeoutError' | 'OverflowError'
  readonly code: string
  readonly retryable: boolean
  readonly phase: 'connect' | 'headers' | 'body' | 'first-text' | 'next-text'
  readonly status?: number
  readonly retryAfterMs?: number
}

export interface FaultRow {
  readonly name: string
  /** Who answers: the simulator with this, or an address where nobody listens, or who resets each connection. */
  readonly answer: 'nobody' | 'resets' | ((place: Place) => ScriptedAnswer)
  readonly outcome: keyof typeof outcomes
  readonly error?: PromisedError
}

/**
 * What the caller gets, policy by policy: the kinds of the chunks in order, marks and `usage` left out, pieces of one kind
 * taken together. `usage` is there once, right before `finish`, `partial` (a finish too) or the error.
 * `…`: nothing more comes, until the answer is dropped or stopped.
 */
export const outcomes = {
  whole: all('text finish'),
  empty: all('finish'),
  'refused, for good': { ...all('error'), fallback: 'retry text finish', 'fallback restart': 'retry text finish' },
  'failed before text': { ...all('retry text finish'), none: 'error', limits: 'error', continueAfterCut: 'error' },
  'failed after text': {
    ...all('text error'),
    restart: 'text reset text finish', keep: 'text partial', continueAfterCut: 'text retry text finish', 'fallback restart': 'text reset text finish',
  },
  // A continuation adds nothing: only now is it known that nothing was missing.
  'unfinished after all text': {
    ...all('text error'),
    restart: 'text reset text finish', keep: 'text partial', continueAfterCut: 'text retry finish', 'fallback restart': 'text reset text finish',
  },
  'refused after text, for good': { ...all('text error'), keep: 'text partial', 'fallback restart': 'text reset text finish' },
  'silent before text': { ...all('retry text finish'), none: '…', limits: 'error', continueAfterCut: 'error' },
  'silent after text': {
    ...all('text error'),
    none: 'text …', restart: 'text reset text finish', keep: 'text partial', continueAfterCut: 'text retry text finish', 'fallback restart': 'text reset text finish',
  },
} satisfies Readonly<Record<string, Outcome>>

export type Outcome = Readonly<Record<keyof typeof policies, string>>

function all(shape: string): Outcome {
  return {
    none: shape, limits: shape, fail: shape, restart: shape, keep: shape, continueAfterCut: shape, fallback: shape, 'fallback restart': shape,
  }
}

const refused = (code: string, status: number): PromisedError => ({ type: 'ProviderError', code, retryable: false, phase: 'headers', status })
const passing = (code: string, status: number): PromisedError => ({ ...refused(code, status), retryable: true })
const inBody = (code: string, retryable = true): PromisedError => ({ type: 'ProviderError', code, retryable, phase: 'body', status: 200 })
const truncated: PromisedError = { type: 'TruncatedError', code: 'truncated', retryable: true, phase: 'body', status: 200 }
const silent = (phase: 'first-text' | 'next-text'): PromisedError => ({ type: 'TimeoutError', code: 'timeout', retryable: true, phase, status: 200 })

const fails = (make: (place: Place) => Fault) => (place: Place): ScriptedAnswer => ({ fault: make(place) })
const status = (code: number, more: Partial<Extract<Fault, { type: 'status' }>> = {}) => fails(() => ({ type: 'status', status: code, ...more }))
const instead = (contentType: string, body: string) => fails(() => ({ type: 'content', contentType, body }))

const notRetried = { message: 'This prompt is not allowed', code: 'invalid_prompt', status: 400 }
const tooLargeError: PromisedError = { type: 'OverflowError', code: 'overflow', retryable: false, phase: 'body', status: 200 }
/** A line may have a mebibyte. */
const tooLarge = (afterEvents: number): ScriptedAnswer => ({ sliceBytes: 65_536, fault: { type: 'malformed', afterEvents, data: 'x'.repeat(1_100_000) } })

/** Everything that goes wrong between a model and its caller. The tests and docs/reliability.md are made from this list. */
export const faults: readonly FaultRow[] = [
  { name: 'connection refused', answer: 'nobody', outcome: 'failed before text', error: { type: 'ProviderError', code: 'connect', retryable: true, phase: 'connect' } },
  { name: 'reset before the headers', answer: 'resets', outcome: 'failed before text', error: { type: 'ProviderError', code: 'connection-lost', retryable: true, phase: 'headers' } },
  { name: 'silence, no headers either', answer: fails(() => ({ type: 'silence' })), outcome: 'silent before text', error: { type: 'TimeoutError', code: 'timeout', retryable: true, phase: 'first-text' } },
  { name: 'status 302', answer: status(302, { headers: { location: '/' } }), outcome: 'refused, for good', error: refused('redirected', 302) },
  { name: 'status 400', answer: status(400), outcome: 'refused, for good', error: refused('bad-request', 400) },
  { name: 'status 401', answer: status(401), outcome: 'refused, for good', error: refused('unauthorized', 401) },
  { name: 'status 403', answer: status(403), outcome: 'refused, for good', error: refused('forbidden', 403) },
  { name: 'status 404', answer: status(404), outcome: 'refused, for good', error: refused('not-found', 404) },
  { name: 'status 408', answer: status(408), outcome: 'failed before text', error: passing('timeout', 408) },
  { name: 'status 409', answer: status(409), outcome: 'failed before text', error: passing('bad-request', 409) },
  { name: 'status 413', answer: status(413), outcome: 'refused, for good', error: refused('too-large', 413) },
  { name: 'status 429 with Retry-After', answer: status(429, { retryAfterMs: 2 }), outcome: 'failed before text', error: { ...passing('rate-limited', 429), retryAfterMs: 2 } },
  { name: 'status 429 with Retry-After of an hour', answer: status(429, { retryAfterSeconds: 3600 }), outcome: 'refused, for good', error: { ...passing('rate-limited', 429), retryAfterMs: 3_600_000 } },
  { name: 'status 429, quota used up', answer: status(429, { body: { error: { message: 'Pay', code: 'insufficient_quota' } } }), outcome: 'refused, for good', error: refused('quota-exceeded', 429) },
  { name: 'status 500', answer: status(500), outcome: 'failed before text', error: passing('server-error', 500) },
  { name: 'status 503', answer: status(503, { body: '<html>Busy</html>' }), outcome: 'failed before text', error: passing('server-error', 503) },
  { name: 'a page of HTML with status 200', answer: instead('text/html', '<h1>Welcome</h1>'), outcome: 'refused, for good', error: inBody('wrong-content-type', false) },
  { name: 'another content type', answer: fails(() => ({ type: 'content-type' })), outcome: 'refused, for good', error: inBody('wrong-content-type', false) },
  { name: 'an error as JSON with status 200', answer: fails(() => ({ type: 'json-error' })), outcome: 'failed before text', error: inBody('stream-error') },
  { name: 'JSON that breaks off, with status 200', answer: instead('application/json', '{"choices":[{"message":'), outcome: 'failed before text', error: inBody('malformed-event') },
  { name: 'error object before the text', answer: fails(({ early }) => ({ type: 'error-object', afterEvents: early })), outcome: 'failed before text', error: inBody('stream-error') },
  { name: 'error object in the text', answer: fails(({ late }) => ({ type: 'error-object', afterEvents: late })), outcome: 'failed after text', error: inBody('stream-error') },
  { name: '`event: error` before the text', answer: fails(({ early }) => ({ type: 'error-event', afterEvents: early })), outcome: 'failed before text', error: inBody('stream-error') },
  { name: '`event: error` in the text', answer: fails(({ late }) => ({ type: 'error-event', afterEvents: late })), outcome: 'failed after text', error: inBody('stream-error') },
  { name: 'error object with status 400 before the text', answer: fails(({ early }) => ({ type: 'error-object', afterEvents: early, error: notRetried })), outcome: 'refused, for good', error: { ...inBody('stream-error', false), status: 400 } },
  { name: 'error object with status 400 in the text', answer: fails(({ late }) => ({ type: 'error-object', afterEvents: late, error: notRetried })), outcome: 'refused after text, for good', error: { ...inBody('stream-error', false), status: 400 } },
  { name: 'malformed event before the text', answer: fails(({ early }) => ({ type: 'malformed', afterEvents: early })), outcome: 'failed before text', error: inBody('malformed-event') },
  { name: 'malformed event in the text', answer: fails(({ late }) => ({ type: 'malformed', afterEvents: late })), outcome: 'failed after text', error: inBody('malformed-event') },
  { name: 'a line of more than 1 MiB before the text', answer: ({ early }) => tooLarge(early), outcome: 'refused, for good', error: tooLargeError },
  { name: 'a line of more than 1 MiB in the text', answer: ({ late }) => tooLarge(late), outcome: 'refused after text, for good', error: tooLargeError },
  { name: 'body ends before the text', answer: fails(({ early }) => ({ type: 'cut', afterEvents: early })), outcome: 'failed before text', error: truncated },
  { name: 'body ends after some events', answer: fails(({ late }) => ({ type: 'cut', afterEvents: late })), outcome: 'failed after text', error: truncated },
  { name: 'body ends after some bytes', answer: fails(({ bytes }) => ({ type: 'cut', afterBytes: bytes })), outcome: 'failed after text', error: truncated },
  { name: 'socket closed before the text', answer: fails(({ early }) => ({ type: 'close', afterEvents: early })), outcome: 'failed before text', error: truncated },
  { name: 'socket closed in the text', answer: fails(({ late }) => ({ type: 'close', afterEvents: late })), outcome: 'failed after text', error: truncated },
  { name: 'socket closed after some bytes', answer: fails(({ bytes }) => ({ type: 'close', afterBytes: bytes })), outcome: 'failed after text', error: truncated },
  { name: 'reset before the text', answer: fails(({ early }) => ({ type: 'reset', afterEvents: early })), outcome: 'failed before text', error: truncated },
  { name: 'reset in the text', answer: fails(({ late }) => ({ type: 'reset', afterEvents: late })), outcome: 'failed after text', error: truncated },
  { name: 'stall before the text', answer: fails(({ early }) => ({ type: 'stall', afterEvents: early })), outcome: 'silent before text', error: silent('first-text') },
  { name: 'stall in the text', answer: fails(({ late }) => ({ type: 'stall', afterEvents: late })), outcome: 'silent after text', error: silent('next-text') },
  { name: 'only comments before the text', answer: fails(({ early }) => ({ type: 'comments', afterEvents: early, everyMs: 20 })), outcome: 'silent before text', error: silent('first-text') },
  { name: 'only comments after some text', answer: fails(({ late }) => ({ type: 'comments', afterEvents: late, everyMs: 20 })), outcome: 'silent after text', error: silent('next-text') },
  { name: '`[DONE]` but no finish reason', answer: () => ({ finishReason: null }), outcome: 'unfinished after all text', error: truncated },
  { name: 'neither finish reason nor `[DONE]`', answer: () => ({ finishReason: null, done: false }), outcome: 'unfinished after all text', error: truncated },
  { name: 'finish reason but no `[DONE]`', answer: () => ({ done: false }), outcome: 'whole' },
  { name: 'finish reason, then silence', answer: () => ({ done: false, fault: { type: 'stall' } }), outcome: 'whole' },
  { name: 'finish reason, then only comments', answer: () => ({ done: false, fault: { type: 'comments', afterEvents: 1_000_000, everyMs: 50 } }), outcome: 'whole' },
  { name: 'held open after `[DONE]`', answer: fails(() => ({ type: 'hold-open' })), outcome: 'whole' },
  { name: 'socket closed after `[DONE]`', answer: fails(() => ({ type: 'close' })), outcome: 'whole' },
  { name: 'slices of one byte', answer: () => ({ sliceBytes: 1 }), outcome: 'whole' },
  { name: 'an answer without text', answer: () => ({ text: '' }), outcome: 'empty' },
]

/** Only a time limit ends it. */
export function isSilent({ outcome }: FaultRow): boolean {
  return outcome === 'silent before text' || outcome === 'silent after text'
}
