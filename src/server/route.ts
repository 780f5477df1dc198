import type { Observable } from 'rxjs'
import type { Passage } from '../types/document.ts'
import type { PlaceRange } from '../types/ports.ts'
import type { TokenPrice } from './budget.ts'
import type { Incoming } from './incoming.ts'
import type { Reply } from './reply.ts'
import type { Run, Runs } from './runs.ts'
import type { ServedQuery } from './servedQuery.ts'

/** What routes work with. */
export interface RouteContext {
  readonly runs: Runs
  readonly routes: readonly Route[]
  /** The name under which the pipeline is offered as a model. */
  readonly model: string
  /** Names of the response modes that may be asked for. */
  readonly modes: readonly string[]
  /** What tokens of it cost, when that is known. */
  readonly price?: TokenPrice
  /** Whether the page is served. */
  readonly page: boolean
  /** Reads passages of a document; absent: none can be opened. */
  readonly passages?: (documentId: string, places?: PlaceRange) => Observable<readonly Passage[]>
  readonly isReady: () => boolean
  /** In Prometheus' text format. */
  readonly metrics: () => string
  /** Starts a run, or fails with `RequestError`: 413 for what is too long, 429 for a spent budget, 503 when all places are taken. */
  readonly start: (query: ServedQuery) => Run
  /** The body as a JSON object. Fails with `RequestError`. */
  readonly body: (incoming: Incoming) => Promise<Readonly<Record<string, unknown>>>
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Path, without a `/` at its end; `{run}` stands for the id of a run. */
  readonly path: string
  /** Also answers HEAD: it costs nothing, and what watches over processes asks so. */
  readonly head?: true
  readonly reply: (incoming: Incoming, context: RouteContext, run: string) => Reply | Promise<Reply>
}
