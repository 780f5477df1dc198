import type { HttpRequest } from '../wire/sendRequest.ts'

/** What all requests of one kind have in common. */
export type RequestHead = Omit<HttpRequest, 'body'>

/** Where requests go, and what is sent with each of them. */
export interface Target {
  /** Up to and with `/v1`. */
  readonly url: URL
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
}

/**
 * The head that the `openai` SDK would build (a test compares them), but for the headers in which it tells of itself.
 * Not built by it, because an answer then holds no memory and no time for loading it: docs/decisions/0004.
 */
export function requestHead(path: string, { url, headers }: Target): RequestHead {
  return {
    origin: url.origin,
    path: `${url.pathname.replace(/\/$/, '')}${path}${url.search}`,
    method: 'POST',
    headers: { accept: 'application/json', 'user-agent': 'riffle-rx', ...headers, 'content-type': 'application/json' },
  }
}
