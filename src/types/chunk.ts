import type { ScoredPassage } from './document.ts'

/** Stages that a query passes, in this order; not every query passes all. */
export type MarkName =
  | 'accepted' | 'condensed' | 'embedded' | 'retrieved' | 'reranked' | 'prompted'
  | 'connected' | 'sent' | 'headers' | 'byte1' | 'event1' | 'any1' | 'visible1' | 'last' | 'finished'

/** Why an answer ended. `stopped`: asked to. `partial`: kept after a failure. */
export type FinishReason = 'stop' | 'length' | 'content-filter' | 'tool-calls' | 'stopped' | 'partial' | 'other'

/** An error as data: what may be shown and stored. Never holds a secret. */
export interface ErrorInfo {
  readonly code: string
  readonly message: string
  readonly status?: number
}

/** What one call to a model used. */
export interface ModelCall {
  readonly model: string
  readonly purpose: string
  readonly inputTokens: number
  readonly cachedInputTokens?: number
  readonly outputTokens: number
  readonly reasoningTokens?: number
  /** `server`: reported by it; `counted`: by the model's tokenizer; `estimated`: by length. */
  readonly from: 'server' | 'counted' | 'estimated'
}

/** Tokens paid for, over all calls of a query. `from` is the weakest of the calls. */
export interface Usage {
  readonly calls: readonly ModelCall[]
  readonly inputTokens: number
  readonly outputTokens: number
  readonly from: ModelCall['from']
}

export interface MarkChunk {
  readonly type: 'mark'
  readonly name: MarkName
  /** 1 for the first attempt; 0 before the model is called. */
  readonly attempt: number
  /** Nanoseconds on this process's monotonic clock (`performance.now()`); only differences mean something. */
  readonly at: number
  /** Of `headers`: the status of the response. */
  readonly status?: number
  /** Of `headers`: how the service calls this request, which is what its support asks for. */
  readonly requestId?: string
  /** Of `headers`: the response is a stream of events, not one whole answer. */
  readonly streaming?: boolean
}
export interface SourcesChunk {
  readonly type: 'sources'
  readonly passages: readonly ScoredPassage[]
  readonly part?: string
}
export interface TextChunk {
  readonly type: 'text'
  /** Never empty. */
  readonly text: string
  readonly part?: string
}
export interface ReasoningChunk {
  readonly type: 'reasoning'
  readonly text: string
}
export interface ToolCallChunk {
  readonly type: 'tool-call'
  readonly index: number
  readonly id?: string
  readonly name?: string
  readonly argumentsText: string
}
/** A `[n]` marker of the answer: `start` and `end` are UTF-16 offsets of the marker in the answer's text. */
export interface CitationChunk {
  readonly type: 'citation'
  /** The number in the marker, from 1. */
  readonly marker: number
  /** Of the passage with that number; absent when there is none. */
  readonly passageId?: string
  readonly start: number
  readonly end: number
  /** The words of the passage that support the answer. */
  readonly quote?: string
  /** False when no passage has this number. */
  readonly valid: boolean
  /** Of an answer in parts: offsets count in the text of this part. */
  readonly part?: string
}
/** An attempt failed and another follows; text before it stands. `attempt` is the one that failed. */
export interface RetryChunk {
  readonly type: 'retry'
  readonly attempt: number
  readonly delayMs: number
  readonly error: ErrorInfo
}
/** A later attempt starts again: text, reasoning, tool calls and citations so far are void. */
export interface ResetChunk {
  readonly type: 'reset'
  readonly attempt: number
  readonly error: ErrorInfo
}
/** In a conversation: the answer to this question follows. */
export interface TurnChunk {
  readonly type: 'turn'
  /** From 1. */
  readonly number: number
  readonly question: string
}
/** Text of an answer that is not the final one: a draft that is refined, a summary of some passages. */
export interface DraftChunk {
  readonly type: 'draft'
  /** From 1; calls that run at once have steps of their own. */
  readonly step: number
  readonly text: string
  /** The draft of this step begins, perhaps again: what came of it before is void. */
  readonly start?: true
}
/** The object that the answer's text is, as far as it has come. */
export interface ObjectChunk {
  readonly type: 'object'
  /** One value that grows from chunk to chunk; copy what you keep of one that is not complete. */
  readonly value: unknown
  /** It is whole and fits its schema. */
  readonly complete: boolean
}
/** How far a mode that takes several calls has come. */
export interface ProgressChunk {
  readonly type: 'progress'
  /** `refine`, `summarize`: calls done of those that are known. `accumulate`: parts. `fit`: passages used of those found. */
  readonly stage: 'refine' | 'summarize' | 'accumulate' | 'fit'
  readonly done: number
  readonly of: number
}
export interface UsageChunk extends Usage {
  readonly type: 'usage'
}
export interface FinishChunk {
  readonly type: 'finish'
  readonly reason: FinishReason
}

/**
 * One item of an answer stream, one JSON line each.
 *
 * The text of an answer is the `text` chunks after the last `reset`, joined.
 * `usage` comes once, right before `finish`; `finish` is last. A stream that ends without it was cut.
 */
export type Chunk =
  | MarkChunk | SourcesChunk | TextChunk | ReasoningChunk | ToolCallChunk | CitationChunk
  | TurnChunk | DraftChunk | ProgressChunk | ObjectChunk | RetryChunk | ResetChunk | UsageChunk | FinishChunk
