import { Observable, type OperatorFunction } from 'rxjs'
import { defined } from '../internal/defined.ts'
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
  readonly first: Map<MarkName, number>
  /** Latest time of each mark: of the attempt that gave the answer. */
  readonly latest: Map<MarkName, number>
  textChunks: number
  characters: number
  usage?: Usage
  finishReason?: FinishReason
}

/**
 * Folds an answer's marks into its times. It reads no clock, so a recorded answer gives the times it was recorded with.
 *
 * - Order: one item at the end. Memory: the first and the latest of each mark.
 * - Drop: nothing is emitted. Errors: the source's.
 */
export function measure(): OperatorFunction<Chunk, Timings> {
  return (chunks) =>
    new Observable<Timings>((subscriber) => {
      const { take, timings } = createTimings()
      return chunks.subscribe({
        next: take,
        error: (error: unknown) => subscriber.error(error),
        complete: () => {
          subscriber.next(timings())
          subscriber.complete()
        },
      })
    })
}

/** The fold of `measure`, for who looks at the chunks anyway. */
export function createTimings() {
  const seen: Seen = { first: new Map(), latest: new Map(), textChunks: 0, characters: 0 }
  return {
    take(chunk: Chunk): void {
      switch (chunk.type) {
        case 'mark':
          if (!seen.first.has(chunk.name)) seen.first.set(chunk.name, chunk.at)
          seen.latest.set(chunk.name, chunk.at)
          break
        case 'text':
          seen.textChunks++
          seen.characters += chunk.text.length
          break
        case 'reset':
          seen.textChunks = 0
          seen.characters = 0
          break
        case 'usage': {
          const { type: _, ...usage } = chunk
          seen.usage = usage
          break
        }
        case 'finish':
          seen.finishReason = chunk.reason
      }
    },
    timings: (): Timings => toTimings(seen),
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
  return { ...defined(times), ...counts }
}

/** Milliseconds between two marks, when both were passed. */
function between(from: number | undefined, to: number | undefined): number | undefined {
  return from === undefined || to === undefined ? undefined : (to - from) / 1e6
}
