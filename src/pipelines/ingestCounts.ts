import type { Skipped } from '../types/ports.ts'

/** What was done so far. */
export interface IngestCounts {
  /** Files seen, the unchanged and the skipped among them. */
  readonly files: number
  /** Files that had not changed since they were taken in, and were not read. */
  readonly unchanged: number
  /** Files and parts of files that were passed over. */
  readonly skipped: number
  /** Documents that could not be embedded; they are taken up the next time. */
  readonly failed: number
  /** Documents written: new and changed ones. */
  readonly documents: number
  readonly passages: number
  readonly tokens: number
  /** Bytes of the files that were read. */
  readonly bytes: number
  /** Documents removed because their file, or the file's part, has gone. */
  readonly removed: number
}

/** A document that could not be embedded; what the store had of it before stays. */
export interface FailedDocument {
  readonly documentId: string
  /** One line for people: why. */
  readonly message: string
}

export type IngestEvent =
  | (IngestCounts & { readonly type: 'progress'; readonly fileId: string })
  | (Skipped & { readonly type: 'skipped'; readonly fileId: string })
  | (FailedDocument & { readonly type: 'failed'; readonly fileId: string })
  | (IngestCounts & { readonly type: 'summary' })

/** One thing that was done; `fileId` is absent in the last step. */
export interface IngestStep {
  readonly fileId?: string
  readonly add: Partial<IngestCounts>
  readonly skipped?: Skipped
  readonly failed?: FailedDocument
}

export interface IngestState {
  readonly counts: IngestCounts
  readonly event?: IngestEvent
}

export const nothingDone: IngestState = {
  counts: { files: 0, unchanged: 0, skipped: 0, failed: 0, documents: 0, passages: 0, tokens: 0, bytes: 0, removed: 0 },
}

/** Adds a step to the counts, and says what to emit. */
export function countStep({ counts: before }: IngestState, { fileId, add, skipped, failed }: IngestStep): IngestState {
  const counts = addCounts(before, { ...(skipped !== undefined && { skipped: 1 }), ...(failed !== undefined && { failed: 1 }), ...add })
  if (fileId === undefined) return { counts, event: { type: 'summary', ...counts } }
  if (failed !== undefined) return { counts, event: { type: 'failed', fileId, ...failed } }
  if (skipped === undefined) return { counts, event: { type: 'progress', fileId, ...counts } }
  return { counts, event: { type: 'skipped', fileId, ...skipped } }
}

function addCounts(counts: IngestCounts, more: Partial<IngestCounts>): IngestCounts {
  const sum: Record<keyof IngestCounts, number> = { ...counts }
  for (const key of Object.keys(more) as (keyof IngestCounts)[]) sum[key] = counts[key] + (more[key] ?? 0)
  return sum
}
