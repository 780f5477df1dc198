import { type OperatorFunction, last, map, scan, startWith } from 'rxjs'
import type { Chunk, FinishReason, MarkName, Usage } from '../types/chunk.ts'

/** Times of one answer, in milliseconds. A stage that the answer did not pass is absent. */
export interface Timings {
  /** Question accepted to first visible text: what a person waits. */
  readonly waitMs?: number
  readonly embedMs?: number
  readonly retrieveMs?: number
  readonly promptMs?: number
  /** First attempt's send to the first non-empty text of any channel (text, reasoning, tool call). */
  readonly ttftMs?: number
  /** First attempt's send to the first visible text. */
  readonly ttfoMs?: number
  /** Mean time between two text chunks; from two on. */
  readonly gapMs?: number
  /** Question accepted to the end. */
  readonly latencyMs?: number
  readonly textChunks: number
  /** UTF-16 units of the answer's text. */
  readonly characters: number
  readonly usage?: Usage
  readonly finishReason?: FinishReason
}

interface Seen {
  /** First time of each mark. */
  readonly first: ReadonlyMap<MarkName, number>
  /** Latest time of each mark: of the attempt that gave the answer. */
  readonly latest: ReadonlyMap<MarkName, number>
  readonly textChunks: number
  readonly characters: number
  readonly usage?: Usage
  readonly finishReason?: FinishReason
}

const nothing: Seen = { first: new Map(), latest: new Map(), textChunks: 0, characters: 0 }

/**
 * Folds an answer's marks into its times. It reads no clock, so a recorded answer gives the times it was recorded with.
 *
 * - Order: one item at the end. Memory: the first and the latest of each mark.
 * - Drop: nothing is emitted. Errors: the source's.
 */
export function measure(): OperatorFunction<Chunk, Timings> {
  return (chunks) => chunks.pipe(scan(fold, nothing), startWith(nothing), last(), map(toTimings))
}

function fold(seen: Seen, chunk: Chunk): Seen {
  switch (chunk.type) {
    case 'mark': {
      const first = seen.first.has(chunk.name) ? seen.first : new Map(seen.first).set(chunk.name, chunk.at)
      return { ...seen, first, latest: new Map(seen.latest).set(chunk.name, chunk.at) }
    }
    case 'text':
      return { ...seen, textChunks: seen.textChunks + 1, characters: seen.characters + chunk.text.length }
    case 'reset':
      return { ...seen, textChunks: 0, characters: 0 }
    case 'usage': {
      const { type: _, ...usage } = chunk
      return { ...seen, usage }
    }
    case 'finish':
      return { ...seen, finishReason: chunk.reason }
    default:
      return seen
  }
}

function toTimings({ first, latest, ...counts }: Seen): Timings {
  const [accepted, sent, visible, last] = [first.get('accepted'), first.get('sent'), latest.get('visible1'), latest.get('last')]
  const beforeSearch = first.get('embedded') ?? first.get('condensed') ?? accepted
  const span = counts.textChunks > 1 ? between(visible, last) : undefined
  const times = {
    waitMs: between(accepted, visible),
    embedMs: between(first.get('condensed') ?? accepted, first.get('embedded')),
    retrieveMs: between(beforeSearch, first.get('retrieved')),
    promptMs: between(first.get('reranked') ?? first.get('retrieved'), first.get('prompted')),
    ttftMs: between(sent, latest.get('any1')),
    ttfoMs: between(sent, visible),
    gapMs: span === undefined ? undefined : span / (counts.textChunks - 1),
    latencyMs: between(accepted, latest.get('finished')),
  }
  return { ...(Object.fromEntries(Object.entries(times).filter(([, value]) => value !== undefined)) as Partial<Timings>), ...counts }
}

/** Milliseconds between two marks, when both were passed. */
function between(from: number | undefined, to: number | undefined): number | undefined {
  return from === undefined || to === undefined ? undefined : (to - from) / 1e6
}
