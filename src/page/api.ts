import type { ErrorInfo } from '../types/chunk.ts'
import type { Message } from '../types/completion.ts'
import type { Passage } from '../types/document.ts'

/** US dollars for a million tokens. */
export interface Price {
  readonly input: number
  readonly cachedInput?: number
  readonly output: number
}

/** A passage among those around it, in the order of the text. */
export interface OpenedPassage {
  readonly id: string
  readonly documentId: string
  readonly title?: string
  readonly uri?: string
  readonly passages: readonly Pick<Passage, 'id' | 'text' | 'start' | 'end' | 'headings' | 'line' | 'page'>[]
  /** The document has more text before or behind these. */
  readonly more: { readonly before: boolean; readonly after: boolean }
}

/** The server said no. */
export class RefusedError extends Error {
  readonly status: number
  readonly info: ErrorInfo

  constructor(status: number, info: ErrorInfo) {
    super(info.message)
    this.status = status
    this.info = info
  }
}

export interface Api {
  /** What an answer costs, when the server knows; fails with 401 when a token is wanted. */
  price(): Promise<Price | undefined>
  ask(question: string, history: readonly Message[], signal: AbortSignal): Promise<Response>
  resume(run: string, lastEventId: string | undefined, signal: AbortSignal): Promise<Response>
  stop(run: string): Promise<void>
  passage(id: string): Promise<OpenedPassage>
}

/** The server that this page came from. Addresses are relative to the page: it may be mounted below a path. */
export function createApi(token: () => string | null): Api {
  const call = async (path: string, init: RequestInit = {}, more: Readonly<Record<string, string>> = {}): Promise<Response> => {
    const given = token()
    const headers = { ...more, ...(given !== null && { authorization: `Bearer ${given}` }) }
    const response = await fetch(path, { ...init, headers, cache: 'no-store', redirect: 'error' })
    if (!response.ok) throw new RefusedError(response.status, await errorOf(response))
    return response
  }
  return {
    async price() {
      const { data } = (await (await call('v1/models')).json()) as { readonly data: readonly { readonly riffle?: { readonly price?: Price } }[] }
      return data[0]?.riffle?.price
    },
    ask: async (question, history, signal) =>
      call('v1/answers', { method: 'POST', body: JSON.stringify({ question, history }), signal }, { 'content-type': 'application/json' }),
    resume: async (run, lastEventId, signal) =>
      call(`v1/answers/${run}`, { signal }, lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
    async stop(run) {
      await call(`v1/answers/${run}`, { method: 'DELETE' })
    },
    passage: async (id) => (await call(`v1/passages?id=${encodeURIComponent(id)}`)).json() as Promise<OpenedPassage>,
  }
}

async function errorOf(response: Response): Promise<ErrorInfo> {
  try {
    const { error } = (await response.json()) as { readonly error: ErrorInfo }
    return { code: error.code, message: error.message }
  } catch {
    return { code: 'http', message: `The server answered with status ${response.status}` }
  }
}
