import type { Observable } from 'rxjs'
import type { Chunk, FinishReason } from '../types/chunk.ts'
import type { StopSignal } from '../types/completion.ts'
import type { Passage } from '../types/document.ts'
import type { PlaceRange } from '../types/ports.ts'
import type { Budget, TokenPrice } from './budget.ts'
import type { GuardOptions } from './guard.ts'
import type { Run } from './runs.ts'
import type { ServedQuery } from './servedQuery.ts'

/** What a request was, when it has been answered. Never the question, a token or a header. */
export interface AccessEntry {
  readonly id: string
  readonly method: string
  readonly path: string
  readonly status: number
  /** From the request to the head of the reply. */
  readonly ms: number
  readonly run?: string
}

export interface HandlerOptions extends GuardOptions {
  /** Answers a question; its Observable is subscribed once for each run. `stop` ends it with `usage` and `finish: 'stopped'`. */
  readonly answer: (query: ServedQuery, context: { readonly stop: StopSignal; readonly runId: string }) => Observable<Chunk>
  /** The name of the pipeline where clients ask for a model. Default `riffle`. */
  readonly model?: string
  /** Response modes that clients may ask for. Default: none. */
  readonly modes?: readonly string[]
  /** Answers made at once. Default 64. */
  readonly maxRuns?: number
  /** Further ones that wait for a place; above that the reply is 503 with `Retry-After`. Default 64. */
  readonly maxQueued?: number
  /** How long an answer goes on that nobody watches any more, in milliseconds; 0 stops it at once. Default 10,000. */
  readonly graceMs?: number
  /** How long an answer that has ended can still be read. Default 60,000. */
  readonly keepMs?: number
  /** Bound on what is kept of one answer, in bytes. Default 1 MiB; of all together 16 MiB, an equal share for each that is being made. */
  readonly maxLogBytes?: number
  /** Default 15,000. */
  readonly heartbeatMs?: number
  /** A client that takes nothing for this long is cut. Default 30,000. */
  readonly stallMs?: number
  /** Default 1 MiB. */
  readonly maxBodyBytes?: number
  /** UTF-16 units. Default 32,000. */
  readonly maxQuestionLength?: number
  /** Ceilings on what is spent; above them the reply is 429. Default: none. */
  readonly budget?: Budget
  /** The page at `/`. Default false. */
  readonly page?: boolean
  /**
   * Reads the passages of a document for `GET /v1/passages`, with which the page opens a citation: usually `store.passages`.
   * It says which documents may be read at all. Default: none.
   */
  readonly passages?: (documentId: string, places?: PlaceRange) => Observable<readonly Passage[]>
  /** What tokens cost: the page shows it for each answer. Default: unknown. */
  readonly price?: TokenPrice
  /** Whether questions can be answered, for `/readyz`. Default: until `close`. */
  readonly ready?: () => boolean
  readonly onAccess?: (entry: AccessEntry) => void
  /** Told every chunk of every run, marks too. */
  readonly onChunk?: (run: Run, chunk: Chunk) => void
  /** Told how each run ended. */
  readonly onRunEnd?: (run: Run, reason: FinishReason | 'error', error?: unknown) => void
}
