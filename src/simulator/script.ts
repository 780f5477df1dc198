/** What goes wrong with an answer, on purpose. Event counts include the role-only first one. */
export type Fault =
  /** An error status instead of an answer. */
  | { readonly type: 'status'; readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: unknown }
  /** A page of HTML, or `body` with that content type, with status 200. */
  | { readonly type: 'content'; readonly contentType: string; readonly body: string }
  /** An error object instead of the next event, then the end of the body. */
  | { readonly type: 'error-object'; readonly afterEvents: number; readonly error?: unknown }
  /** The same in an event named `error`. */
  | { readonly type: 'error-event'; readonly afterEvents: number; readonly error?: unknown }
  /** A proper end of the body, too early. */
  | { readonly type: 'cut'; readonly afterEvents?: number; readonly afterBytes?: number }
  /** The socket is closed without an end of the body. */
  | { readonly type: 'close'; readonly afterEvents?: number; readonly afterBytes?: number }
  /** The same with a TCP reset. */
  | { readonly type: 'reset'; readonly afterEvents?: number; readonly afterBytes?: number }
  /** Nothing more is sent and the socket stays open. */
  | { readonly type: 'stall'; readonly afterEvents?: number; readonly afterBytes?: number }
  /** Nothing is sent at all, no headers either. */
  | { readonly type: 'silence' }

export interface ScriptedToolCall {
  readonly id: string
  readonly name: string
  readonly arguments: string
}

/** How one request is answered. What is left out is as a well-behaved server does it, at once. */
export interface ScriptedAnswer {
  readonly text?: string
  readonly reasoning?: string
  readonly toolCalls?: readonly ScriptedToolCall[]
  /** Default 1. A token here is a word of up to 8 characters with the blanks before it. */
  readonly tokensPerEvent?: number
  /** Before the headers. */
  readonly headersDelayMs?: number
  /** Between the headers and the first event with text. */
  readonly firstDelayMs?: number
  /** Between two events. */
  readonly delayMs?: number
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

/** What a client asked. */
export interface ScriptedRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** Parsed JSON, undefined when it is none. */
  readonly body: unknown
  /** From 0. */
  readonly number: number
}

/** One answer for all, one for each request in turn (the last for all that follow), or a choice. */
export type Script = ScriptedAnswer | readonly ScriptedAnswer[] | ((request: ScriptedRequest) => ScriptedAnswer)

export function answerFor(script: Script, request: ScriptedRequest): ScriptedAnswer {
  if (typeof script === 'function') return script(request)
  if (!isList(script)) return script
  return script[Math.min(request.number, script.length - 1)] ?? {}
}

function isList(script: ScriptedAnswer | readonly ScriptedAnswer[]): script is readonly ScriptedAnswer[] {
  return Array.isArray(script)
}
