/** Nanoseconds on the process's monotonic clock, as in the marks of an answer: only differences mean something. */
export function nowNs(): number {
  return Math.round(performance.now() * 1e6)
}

/** `process.hrtime` at `nowNs() === 0`: one clock for all processes of a machine. */
export function originNs(): number {
  return Number(process.hrtime.bigint()) - nowNs()
}

/** When events were handed to the socket, and how many bytes of the body had been by then. */
export interface WriteLog extends Iterable<WriteTime> {
  readonly length: number
  /** From 0; from the end when it is negative. */
  at(index: number): WriteTime | undefined
}

export interface WriteTime {
  readonly at: number
  readonly bytes: number
}

/** What the simulator saw and did for one request. */
export interface RequestRecord {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
  /** When the request had been read. */
  readonly at: number
  /** Each event, right before it was handed over. Empty when events are not recorded. */
  readonly writes: WriteLog
  /** Events handed to the socket so far. */
  readonly events: number
  /** Bytes of the body handed to the socket so far. */
  readonly bytes: number
  readonly status?: number
  /** The type of the scripted fault. */
  readonly fault?: string
  /** How it ended: whole, closed by us (a fault, or `close`), or closed by the client. Not there while it is under way. */
  readonly end?: { readonly at: number; readonly by: 'finished' | 'server' | 'client' }
}

/** One TCP connection. */
export interface SocketRecord {
  readonly openedAt: number
  readonly requests: number
  /** Who was first, and when. */
  readonly closed?: { readonly at: number; readonly by: 'server' | 'client' }
}

/** Sums since the start. Nothing is ever dropped from them. */
export interface SimulatorCounts {
  readonly requests: number
  readonly events: number
  /** Of bodies. */
  readonly bytes: number
  readonly byStatus: Readonly<Record<string, number>>
  readonly byPath: Readonly<Record<string, number>>
  /** How requests ended. */
  readonly byEnd: { readonly finished: number; readonly server: number; readonly client: number }
  /** Connections: opened, and closed by whom. */
  readonly sockets: { readonly opened: number; readonly server: number; readonly client: number }
  /** By type. */
  readonly faults: Readonly<Record<string, number>>
}

/** All times in it are nanoseconds since `origin`. */
export interface SimulatorRecord {
  /**
   * Where times begin on the machine's monotonic clock: `origin + at` is what `process.hrtime.bigint()` gave at that moment
   * in any process of the machine.
   */
  readonly origin: number
  /** The last of them, oldest first. */
  readonly requests: readonly RequestRecord[]
  /** The last of them, oldest first. */
  readonly sockets: readonly SocketRecord[]
  readonly counts: SimulatorCounts
}
