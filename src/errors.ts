import type { ErrorInfo } from './types/chunk.ts'

/** Codes are stable: programs may branch on them. Messages are for people and never hold a key. */
export class RagError extends Error {
  readonly code: string
  /** True when the same request may succeed later. */
  readonly retryable: boolean
  constructor(code: string, message: string, options: { cause?: unknown; retryable?: boolean } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = new.target.name
    this.code = code
    this.retryable = options.retryable ?? false
  }
}

/** An option has a value that cannot work. Thrown at the call, so the stack names the caller's line. */
export class InvalidOptionError extends RagError {
  constructor(message: string) {
    super('invalid-option', message)
  }
}

/** An adapter broke its port: a wrong number of embeddings, a wrong dimension. */
export class ContractError extends RagError {
  constructor(message: string) {
    super('contract', message)
  }
}

/** Input that a person gave cannot be used; `message` says where and what would be right. */
export class InputError extends RagError {
  constructor(message: string, options: { cause?: unknown; retryable?: boolean } = {}) {
    super('input', message, options)
  }
}

export type SkipReason = 'binary' | 'encrypted' | 'too-large' | 'unsupported' | 'damaged' | 'unreadable' | 'too-slow' | 'duplicate'

/** A file or a part of the input is passed over; the rest goes on. */
export class SkippedError extends RagError {
  readonly reason: SkipReason

  constructor(reason: SkipReason, message: string, options: { cause?: unknown } = {}) {
    super(`skipped-${reason}`, message, options)
    this.reason = reason
  }
}

/** Where in a stream of events something was not as it has to be. */
export interface StreamPlace {
  /** Events that had come, the one at fault included: its number, from 1. */
  readonly events?: number
  /** Where in the body the event or line at fault begins. */
  readonly byteOffset?: number
  /** How it begins: at most 200 characters, without secrets, control characters made visible. May hold text of the answer. */
  readonly excerpt?: string
}

/** Where a call to a provider was when it failed. The place of an event is there when that event is the reason. */
export interface ProviderErrorDetail extends StreamPlace {
  readonly status?: number
  /** As the server asked. */
  readonly retryAfterMs?: number
  readonly requestId?: string
  readonly attempt?: number
  readonly phase?: 'connect' | 'headers' | 'body'
  /** Bytes of the body that had come. */
  readonly bytes?: number
  /** Characters of answer text that had come. */
  readonly textLength?: number
  /** The last 1 KiB of answer text. */
  readonly textTail?: string
  readonly cause?: unknown
  readonly retryable?: boolean
}

/** A model or embedding service refused, failed, or broke off. Retryable for 408, 409, 429, 5xx and lost connections. */
export class ProviderError extends RagError {
  readonly status: number | undefined
  readonly retryAfterMs: number | undefined
  readonly detail: ProviderErrorDetail

  constructor(code: string, message: string, detail: ProviderErrorDetail = {}) {
    super(code, message, { cause: detail.cause, retryable: detail.retryable ?? isRetryableStatus(detail.status) })
    this.status = detail.status
    this.retryAfterMs = detail.retryAfterMs
    const { cause: _, ...rest } = detail
    this.detail = rest
  }
}

/** The stream ended without a finish reason: what had come is not a whole answer. */
export class TruncatedError extends ProviderError {
  constructor(message: string, detail: ProviderErrorDetail = {}) {
    super('truncated', message, { retryable: true, ...detail })
  }
}

/** An answer is not the object that its schema asks for, also after the repairs that were allowed. */
export class InvalidOutputError extends RagError {
  /** What of it was valid JSON; undefined when nothing was. */
  readonly value: unknown
  readonly problems: readonly string[]

  constructor(value: unknown, problems: readonly string[]) {
    super('invalid-output', `The answer is not the object that was asked for: ${problems.slice(0, 3).join('; ')}`)
    this.value = value
    this.problems = problems
  }
}

/** What was waited for when time was up. Text: of any channel. */
export type TimeoutPhase = 'connect' | 'headers' | 'first-text' | 'next-text' | 'total'

/** A model was silent for longer than a limit of the caller's. Retryable, unless the time for the whole answer was up. */
export class TimeoutError extends ProviderError {
  readonly phase: TimeoutPhase

  constructor(phase: TimeoutPhase, message: string, detail: ProviderErrorDetail = {}) {
    const stage = phase === 'connect' || phase === 'headers' ? phase : 'body'
    super('timeout', message, { phase: stage, retryable: phase !== 'total', ...detail })
    this.phase = phase
  }
}

/** A bounded queue or input is full, or something that a provider sent is too large. */
export class OverflowError extends RagError {
  readonly limit: number
  readonly unit: string
  /** Of what a provider sent: where the call was, and in an event stream where it stood. Empty for our own queues. */
  readonly detail: ProviderErrorDetail

  constructor(message: string, limit: number, unit: string, detail: ProviderErrorDetail = {}) {
    super('overflow', message)
    this.limit = limit
    this.unit = unit
    this.detail = detail
  }
}

/** What a sink had done when the answer, or the sink itself, failed. `cause` is that failure; code and message are its. */
export class SinkError extends RagError {
  /** The sink's summary so far; of `fanOut`, how each sink ended. */
  readonly summary: unknown

  constructor(cause: unknown, summary: unknown) {
    const { code, message } = toErrorInfo(cause)
    super(code, message, { cause, retryable: cause instanceof RagError && cause.retryable })
    this.summary = summary
  }
}

/** Tells what of an error may be shown and stored. */
export function toErrorInfo(error: unknown): ErrorInfo {
  if (error instanceof SinkError) return toErrorInfo(error.cause)
  if (error instanceof ProviderError && error.status !== undefined) {
    return { code: error.code, message: error.message, status: error.status }
  }
  if (error instanceof RagError) return { code: error.code, message: error.message }
  return { code: 'internal', message: error instanceof Error ? error.message : String(error) }
}

function isRetryableStatus(status: number | undefined): boolean {
  return status !== undefined && (status === 408 || status === 409 || status === 429 || status >= 500)
}
