import type { RunEvent } from './runLog.ts'
import type { ErrorInfo } from '../types/chunk.ts'
import type { Run } from './runs.ts'

type Headers = Readonly<Record<string, string>>

/** What is sent back: a whole body, or what a run says while it says it. */
export type Reply = WholeReply | StreamReply

export interface WholeReply {
  readonly kind: 'whole'
  readonly status: number
  readonly headers: Headers
  readonly body: string | Uint8Array
}

export interface StreamReply {
  readonly kind: 'stream'
  readonly run: Run
  /** Number of the first event that is sent. */
  readonly from: number
  readonly encoder: StreamEncoder
}

/** How the events of a run are written in one dialect. */
export interface StreamEncoder {
  readonly headers: Headers
  /** Sent at once, before the first event. Absent: nothing is sent, and no status, until there is text; a run that fails before has a status of its own. */
  readonly opening?: string
  /** The text for an event, or nothing. `id` is that of the event. */
  readonly event: (event: RunEvent, id: string) => string
  /** What stands before and behind an event's text, which the dialect has as JSON: much text goes from the log to the socket so. Absent: as any event. */
  readonly aroundText?: (id: string) => readonly [string, string]
  /** Sent when nothing else was for a while. Absent: nothing. */
  readonly heartbeat?: string
  /** The viewer has seen the last event it wants; nothing is written after it. */
  readonly isLast: (event: RunEvent) => boolean
  /** This event cannot be said in the dialect: the connection is broken. */
  readonly breaksOn?: (event: RunEvent) => boolean
  /** Remembers nothing of what it wrote: what a `reset` makes void before it was sent is left out, and nothing breaks. */
  readonly unsays?: boolean
  /** What a run gets that fails before anything was sent. Absent: the error is an event. */
  readonly refusal?: (error: ErrorInfo) => WholeReply
  /** How long the run goes on when this viewer was the last. Default: the handler's `graceMs`. */
  readonly graceMs?: number
  /** Said when the viewer cannot be given what comes next: it fell behind the log. */
  readonly cut?: (message: string) => string
}

export function json(status: number, body: unknown, headers: Headers = {}): WholeReply {
  return { kind: 'whole', status, headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store', ...headers }, body: JSON.stringify(body) }
}

/** An error as JSON, in our words. */
export function problem(status: number, code: string, message: string, headers: Headers = {}): WholeReply {
  return json(status, { error: { code, message } }, headers)
}

export function empty(status: number, headers: Headers = {}): WholeReply {
  return { kind: 'whole', status, headers: { 'cache-control': 'no-store', ...headers }, body: '' }
}

/** Against proxies that gather a response before they pass it on. */
export const streamHeaders: Headers = { 'cache-control': 'no-cache, no-transform', 'x-accel-buffering': 'no' }
