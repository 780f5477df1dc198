/** Nanoseconds on the process's monotonic clock, as in the marks of an answer: only differences mean something. */
export function nowNs(): number {
  return Math.round(performance.now() * 1e6)
}

/** What the simulator saw and did for one request. */
export interface RequestRecord {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
  /** When the request had been read. */
  readonly at: number
  /** When each event was handed to the socket, and how much had been by then. */
  readonly writes: { readonly at: number; readonly bytes: number }[]
  /** Handed to the socket so far. */
  bytes: number
  status?: number
  /** How it ended: whole, closed by us (a fault, or `close`), or closed by the client. Not there while it is under way. */
  end?: { readonly at: number; readonly by: 'finished' | 'server' | 'client' }
}

/** One TCP connection. */
export interface SocketRecord {
  readonly openedAt: number
  requests: number
  closed?: { readonly at: number; readonly by: 'server' | 'client' }
}

export interface SimulatorRecord {
  readonly requests: readonly RequestRecord[]
  readonly sockets: readonly SocketRecord[]
}
