/** Where an answer goes wrong: what comes first counts. Neither: at its end. Events include the role-only first one. */
interface Place {
  readonly afterEvents?: number
  /** Of the body. */
  readonly afterBytes?: number
}

/**
 * What goes wrong with an answer, on purpose. An answer that ends before the place of its fault has it at its end.
 * An answer that is not streamed counts as one event.
 */
export type Fault =
  /** An error status instead of an answer. `retryAfterMs` and `retryAfterSeconds` become the headers of that name. */
  | {
      readonly type: 'status'
      readonly status: number
      readonly headers?: Readonly<Record<string, string>>
      readonly body?: unknown
      readonly retryAfterMs?: number
      readonly retryAfterSeconds?: number
    }
  /** Another body and its content type, such as a page of HTML, with status 200. */
  | { readonly type: 'content'; readonly contentType: string; readonly body: string }
  /** An error as JSON with status 200. */
  | { readonly type: 'json-error'; readonly error?: unknown }
  /** The right body under another content type. Default `text/plain`. */
  | { readonly type: 'content-type'; readonly contentType?: string }
  /** An error object instead of the next event, then the end of the body. */
  | { readonly type: 'error-object'; readonly afterEvents: number; readonly error?: unknown }
  /** The same in an event named `error`. */
  | { readonly type: 'error-event'; readonly afterEvents: number; readonly error?: unknown }
  /** One more event, whose data is no JSON, and then the answer goes on. */
  | { readonly type: 'malformed'; readonly afterEvents: number; readonly data?: string }
  /** A proper end of the body, too early. */
  | ({ readonly type: 'cut' } & Place)
  /** The socket is closed without an end of the body. */
  | ({ readonly type: 'close' } & Place)
  /** The same with a TCP reset. */
  | ({ readonly type: 'reset' } & Place)
  /** Nothing more is sent and the socket stays open. */
  | ({ readonly type: 'stall' } & Place)
  /** Nothing more than a comment every `everyMs` (default 1000), for ever. */
  | { readonly type: 'comments'; readonly afterEvents: number; readonly everyMs?: number }
  /** Everything is sent, `[DONE]` too, but the body does not end and the socket stays open. */
  | { readonly type: 'hold-open' }
  /** Nothing is sent at all, no headers either. */
  | { readonly type: 'silence' }
