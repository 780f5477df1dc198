import type { MarkChunk, ModelCall } from './chunk.ts'
import type { Message } from './completion.ts'
import type { Embedding, ScoredPassage } from './document.ts'

/** Goes from question to prompt; each operator before the model returns it enriched. */
export interface Query {
  readonly id: string
  readonly question: string
  /** Earlier turns of the conversation, oldest first. */
  readonly history?: readonly Message[]
  /** The question as it can be understood without the turns before it; searched for in its place. Set by `condense`. */
  readonly standalone?: string
  readonly embedding?: Embedding
  /** Other ways to ask the same, searched for beside the question. Set by `expandQuestion`. */
  readonly formulations?: readonly string[]
  /** Best first. Set by `retrieve`. */
  readonly passages?: readonly ScoredPassage[]
  /** How much was searched. Set by `retrieve`. */
  readonly searched?: { readonly documents: number; readonly passages: number }
  /** `overview`: a question about the whole folder; the passages are then a sample of it, not the best matches. */
  readonly kind?: 'lookup' | 'overview'
  /** What the model reads. Set by `buildPrompt`. */
  readonly messages?: readonly Message[]
  /**
   * Calls to models made before the answer, in the usage of which they count. One array for the life of the query: who
   * calls a model adds to it, also after the query has gone on.
   */
  readonly calls?: ModelCall[]
  /** Times of the stages passed so far; `generateAnswer` emits them first. */
  readonly marks?: readonly MarkChunk[]
}

/** A query with what `retrieve` found. */
export type RetrievedQuery = Query & Required<Pick<Query, 'passages' | 'searched' | 'kind'>>
