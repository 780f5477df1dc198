import type { Delay } from './delay.ts'
import type { Fault } from './fault.ts'

export interface ScriptedToolCall {
  readonly id: string
  readonly name: string
  readonly arguments: string
}

/** How one request is answered. What is left out is as a well-behaved server does it, at once. */
export interface ScriptedAnswer {
  readonly text?: string
  /** A text in which `{question}` stands for the last message of the user. */
  readonly template?: string
  /** A text of exactly so many tokens. */
  readonly tokens?: number
  readonly reasoning?: string
  readonly toolCalls?: readonly ScriptedToolCall[]
  /** Only for requests whose last message of the user has this in it; they get no other answer. */
  readonly question?: string
  /** How often it is drawn among the others of a random order. Default 1. */
  readonly weight?: number
  /**
   * Goes on with the model's own partial answer, when the last message is one and the text begins with it, as servers with
   * prefill do; also when a message of the user follows it.
   */
  readonly continues?: boolean
  /** Characters of the partial answer that a continuation repeats. Default 0. */
  readonly overlap?: number
  /** Default 1. A token here is a word of up to 8 characters with the blanks before it. */
  readonly tokensPerEvent?: number
  /** Before the headers. */
  readonly headersDelayMs?: Delay
  /** Between the headers and the first event with text. */
  readonly firstDelayMs?: Delay
  /** Between two events. */
  readonly delayMs?: Delay
  /** A first event that has the role and no text. Default true. */
  readonly roleFirst?: boolean
  /** Usage at the end: when it was asked for, always, or never. Default `asked`. */
  readonly usage?: 'asked' | 'always' | 'never'
  /** Null: none is given. Default `stop`. */
  readonly finishReason?: string | null
  /** `[DONE]` at the end. Default true. */
  readonly done?: boolean
  /** Writes slices of so many bytes, each on its own. */
  readonly sliceBytes?: number
  /** Headers of the response, beside the usual ones. */
  readonly headers?: Readonly<Record<string, string>>
  /** A whole recorded body, sent as it is instead of all that. */
  readonly body?: Uint8Array
  readonly fault?: Fault
}

/** Several answers, and how one of them is chosen for a request. */
export interface ScriptedAnswers {
  readonly answers: readonly ScriptedAnswer[]
  /** One after the other and then always the last, or drawn by weight from the seed and the request's number. Default `in-turn`. */
  readonly order?: 'in-turn' | 'random'
  /** Default: the simulator's. */
  readonly seed?: number
  /** Faults, one of which is drawn for a share of the requests instead of the answer's own. */
  readonly faults?: readonly Fault[]
  /** That share, from 0 to 1. Default 1. */
  readonly faultRate?: number
}

/** What a client asked. */
export interface ScriptedRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** Parsed JSON, undefined when it is none. */
  readonly body: unknown
  /** From 0, among the requests of its path that were let through. */
  readonly number: number
}

/** One answer for all, one for each request in turn (the last for all that follow), several with an order, or a choice. */
export type Script = ScriptedAnswer | readonly ScriptedAnswer[] | ScriptedAnswers | ((request: ScriptedRequest) => ScriptedAnswer)
