/** A request, from a web handler or from Node's server. */
export interface Incoming {
  readonly method: string
  readonly url: URL
  /** By a name in lower case. */
  readonly header: (name: string) => string | undefined
  /** Whether the client asks for this media type more than for others; `*` + `/*` asks for none. */
  readonly accepts: (type: string) => boolean
  /** The whole body as UTF-8. Fails with `RequestError` 413 above `maxBytes`. */
  readonly text: (maxBytes: number) => Promise<string>
  /** Stands in the log and in the reply: the client's own when it sent a harmless one. */
  readonly id: string
}

/** What is wrong with a request: becomes a reply. */
export class RequestError extends Error {
  readonly status: number
  readonly code: string
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message)
    this.name = 'RequestError'
    this.status = status
    this.code = code
    this.headers = headers
  }
}

interface RequestParts {
  readonly method: string
  /** Path and query. */
  readonly target: string
  readonly header: (name: string) => string | undefined
  readonly body: () => AsyncIterable<Uint8Array>
}

export function toIncoming({ method, target, header, body }: RequestParts): Incoming {
  const url = URL.parse(`http://server${target.startsWith('/') ? target : `/${target}`}`)
  if (url === null) throw new RequestError(400, 'bad-url', 'The address of the request cannot be read')
  const accept = (header('accept') ?? '').toLowerCase()
  return {
    method,
    url,
    header,
    accepts: (type) => accept.split(',').some((range) => range.split(';', 1)[0]?.trim() === type),
    text: async (maxBytes) => {
      if (Number(header('content-length') ?? 0) > maxBytes) throw tooLarge(maxBytes)
      const pieces: Uint8Array[] = []
      let bytes = 0
      for await (const piece of body()) {
        bytes += piece.length
        if (bytes > maxBytes) throw tooLarge(maxBytes)
        pieces.push(piece)
      }
      try {
        return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(pieces))
      } catch {
        throw new RequestError(400, 'bad-encoding', 'The body of the request is no UTF-8')
      }
    },
    id: ownId(header('x-request-id')) ?? crypto.randomUUID(),
  }
}

function tooLarge(maxBytes: number): RequestError {
  return new RequestError(413, 'too-large', `The body of the request is larger than ${maxBytes} bytes`)
}

function ownId(given: string | undefined): string | undefined {
  return given !== undefined && /^[\w.:-]{1,64}$/.test(given) ? given : undefined
}
