import { Observable, type OperatorFunction } from 'rxjs'
import { defined } from '../internal/defined.ts'
import type { Chunk, FinishReason, MarkName, Usage } from '../types/chunk.ts'

/** Times of one answer, in milliseconds. A stage that the answer did not pass is absent. */
export interface Timings {
  /** Question accepted to first visible text: what a person waits. */
  readonly waitMs?: number
  readonly condenseMs?: number
  readonly embedMs?: number
  readonly retrieveMs?: number
  readonly rerankMs?: number
  readonly promptMs?: number
  /** From the stage before to the first attempt's send: waiting for a place in a limit, and for a connection. */
  readonly connectMs?: number
  /** First attempt's send to the first byte of the body. */
  readonly ttfbMs?: number
  /** First attempt's send to the first non-empty text of any channel (text, reasoning, tool call). */
  readonly ttftMs?: number
  /** First attempt's send to the first visible text. `waitMs` is the sum of the stages before and of this. */
  readonly ttfoMs?: number
  /** Mean time between two text chunks; from two on. */
  readonly gapMs?: number
  /** First text of any channel to the last, over all output tokens but one; from two tokens on. */
  readonly tpotMs?: number
  /** First visible text to the end. `latencyMs` is `waitMs` and this. */
  readonly streamMs?: number
  /** Question accepted to the end. */
  readonly latencyMs?: number
  readonly textChunks: number
  /** UTF-16 units of the answer's text. */
  readonly characters: number
  readonly usage?: Usage
  readonly finishReason?: FinishReason
}

type MarkTimes = { [Name in MarkName]: number | undefined }

/** All of them from the beginning, so that the times of every answer have one shape. */
const noTimes: Readonly<MarkTimes> = {
  accepted: undefined, condensed: undefined, embedded: undefined, retrieved: undefined, reranked: undefined, prompted: undefined,
  connected: undefined, sent: undefined, headers: undefined, byte1: undefined, event1: undefined, any1: undefined, visible1: undefined, last: undefined, finished: undefined,
}

interface Seen {
  /** First time of each mark. */
  readonly first: MarkTimes
  /** Latest time of each mark: of the attempt that gave the answer. */
  readonly latest: MarkTimes
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
  const seen: Seen = { first: { ...noTimes }, latest: { ...noTimes }, textChunks: 0, characters: 0 }
  return {
    take(chunk: Chunk): void {
      switch (chunk.type) {
        case 'mark':
          seen.first[chunk.name] ??= chunk.at
          seen.latest[chunk.name] = chunk.at
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
  const { accepted, condensed, embedded, retrieved, reranked, prompted, sent } = first
  const { any1, visible1: visible, last, finished } = latest
  const outputTokens = counts.usage?.outputTokens ?? 0
  const beforeRerank = retrieved ?? embedded ?? condensed ?? accepted
  return {
    ...defined({
      waitMs: between(accepted, visible),
      condenseMs: between(accepted, condensed),
      embedMs: between(condensed ?? accepted, embedded),
      retrieveMs: between(embedded ?? condensed ?? accepted, retrieved),
      rerankMs: between(beforeRerank, reranked),
      promptMs: between(reranked ?? beforeRerank, prompted),
      connectMs: between(prompted ?? reranked ?? beforeRerank, sent),
      ttfbMs: between(sent, latest.byte1),
      ttftMs: between(sent, any1),
      ttfoMs: between(sent, visible),
      gapMs: share(between(visible, last), counts.textChunks - 1),
      tpotMs: share(between(any1, last), outputTokens - 1),
      streamMs: between(visible, finished),
      latencyMs: between(accepted, finished),
    }),
    ...counts,
  }
}

function share(span: number | undefined, parts: number): number | undefined {
  return span === undefined || parts < 1 ? undefined : span / parts
}

/** Milliseconds between two marks, when both were passed. */
function between(from: number | undefined, to: number | undefined): number | undefined {
  return from === undefined || to === undefined ? undefined : (to - from) / 1e6
}
