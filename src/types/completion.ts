import type { Observable } from 'rxjs'
import type { ErrorInfo, CitationChunk, FinishReason, ModelCall, Usage } from './chunk.ts'
import type { ScoredPassage } from './document.ts'
import type { Gate } from './gate.ts'
import type { Query } from './query.ts'

export interface Message {
  readonly role: 'system' | 'user' | 'assistant'
  readonly content: string
}

/** Settings of a model that a user may choose. */
export interface Sampling {
  /** 0 to 2. Default: the server's. */
  readonly temperature?: number
  /** Bound on the answer, in tokens. Default: the server's. */
  readonly maxOutputTokens?: number
}

/** A JSON schema; `true` and keywords that are not known say nothing. */
export type JsonSchema = Readonly<Record<string, unknown>>

/** The form of answer that a server is asked to keep to. */
export type ResponseFormat =
  | { readonly type: 'json-object' }
  | { readonly type: 'json-schema'; readonly name: string; readonly schema: JsonSchema }

/** What a model is asked. */
export interface CompletionRequest extends Sampling {
  readonly messages: readonly Message[]
  /** False: one response instead of a stream of events; the chunks are the same. Default true. */
  readonly streaming?: boolean
  /** For servers that support it; others refuse the request or pass over it. */
  readonly responseFormat?: ResponseFormat
  /** What the messages were made from. Models that quote passages read it; others ignore it. */
  readonly query?: Query
  /** Held while the consumer cannot take more: the model reads no further bytes from its socket. */
  readonly gate?: Gate
  /** Told once what this call used, also when the call fails, is stopped or dropped. */
  readonly onUsage?: (call: ModelCall) => void
  /** 1 for the first; stands in the marks. Default 1. */
  readonly attempt?: number
}

/** An attempt that another one followed. */
export interface FailedAttempt {
  readonly attempt: number
  readonly error: ErrorInfo
}

/** The whole answer with its end state: what `toCompletion` emits. */
export interface Completion {
  readonly id?: string
  readonly question?: string
  readonly text: string
  readonly reasoning?: string
  readonly finishReason: FinishReason
  /** Each once, in the order in which they came. */
  readonly sources: readonly ScoredPassage[]
  readonly citations: readonly CitationChunk[]
  /** What the answer's text is, when it was asked for by a schema. */
  readonly object?: unknown
  readonly usage?: Usage
  /** Attempts that failed on the way, in order; absent when the first one did it. */
  readonly failures?: readonly FailedAttempt[]
  /** Set when the answer failed; the text is then what had come until then. */
  readonly error?: ErrorInfo
}

/** A stop signal: its first emission ends the answer with `usage` and `finish: 'stopped'`. */
export type StopSignal = Observable<unknown>
