/** One thing that is sent. */
export interface Step {
  /** After the step before, by schedule: what is late is sent at once. */
  readonly waitMs: number
  readonly data: string | Uint8Array
  /** False for what is no event: comments, and the place of a fault. */
  readonly isEvent: boolean
}

/** Everything that is sent for one request, and when. */
export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** After the request was read. */
  readonly headersAfterMs: number
  /** Server-sent events, or one body that comes whole. */
  readonly streamed: boolean
  /** Taken one by one as they become due. */
  readonly steps: Iterable<Step>
  /** Of the body; then the ending. Default: no limit. */
  readonly maxBytes?: number
  /** Each slice is a write of its own. Default: what is due at once is written together. */
  readonly sliceBytes?: number
  /** What happens after the last step. Default `end`: of the body, as it should be. */
  readonly ending?: 'end' | 'close' | 'reset' | 'stall'
}

/** A body that comes whole, at once. */
export function wholeReply(status: number, contentType: string, data: string | Uint8Array): Reply {
  const headers = { 'content-type': contentType, 'x-request-id': 'simulated' }
  return { status, headers, headersAfterMs: 0, streamed: false, steps: [{ waitMs: 0, data, isEvent: true }] }
}

/** An error as OpenAI's service words them. */
export function refusal(status: number, message: string, code: string, type = 'invalid_request_error'): Reply {
  return wholeReply(status, 'application/json', JSON.stringify({ error: { message, type, param: null, code } }))
}
