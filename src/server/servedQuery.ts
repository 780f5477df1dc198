import type { Message, Sampling } from '../types/completion.ts'

/** What a client asks. */
export interface ServedQuery extends Sampling {
  readonly question: string
  /** Earlier turns, oldest first. */
  readonly history?: readonly Message[]
  readonly topK?: number
  /** A response mode by its name. */
  readonly mode?: string
}
