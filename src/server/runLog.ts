import type { Chunk, ErrorInfo, FinishReason } from '../types/chunk.ts'

/** What an answer says to its viewers. `done` is last, and says that nothing follows. */
export type RunEvent =
  | Exclude<Chunk, { readonly type: 'mark' }>
  | { readonly type: 'error'; readonly error: ErrorInfo }
  | { readonly type: 'done'; readonly reason: FinishReason | 'error' }

/** The events of one run, the last `maxBytes` of them, for any number of viewers that read at their own pace. */
export interface RunLog {
  /** Number of the first event that is still there; events count from 1. */
  readonly first: number
  /** Number of the last event; 0 when there is none. */
  readonly last: number
  readonly bytes: number
  /** Nothing more is appended. */
  readonly ended: boolean
  append(event: RunEvent): void
  /** The event with this number, which must be from `first` to `last`. */
  at(number: number): RunEvent
  /** Forgets the oldest events until at most so many bytes are held; the last one always stays. */
  shrink(maxBytes: number): void
  /** Calls after each append; returns what ends that. */
  watch(onAppend: (event: RunEvent) => void): () => void
}

/** An event without its text: an object and its place in the log. */
const bytesPerEvent = 128

/** @param changed Told by how many bytes the log became larger or smaller when it was written to. */
export function createRunLog(maxBytes: number, changed: (bytes: number) => void = () => undefined): RunLog {
  let events: RunEvent[] = []
  /** Events before this place are forgotten; the array is cut when half of it is. */
  let head = 0
  const watchers = new Set<(event: RunEvent) => void>()

  const drop = (limit: number) => {
    while (log.bytes > limit && head < events.length - 1) {
      log.bytes -= bytesOf(events[head]!)
      head++
      log.first++
    }
    if (head > 64 && head * 2 > events.length) {
      events = events.slice(head)
      head = 0
    }
  }
  const log: { -readonly [Name in keyof RunLog]: RunLog[Name] } = {
    first: 1,
    last: 0,
    bytes: 0,
    ended: false,
    append(event) {
      const before = log.bytes
      events.push(event)
      log.last++
      log.bytes += bytesOf(event)
      if (event.type === 'done') log.ended = true
      if (log.bytes > maxBytes) drop(maxBytes)
      changed(log.bytes - before)
      for (const onAppend of watchers) onAppend(event)
    },
    at: (number) => events[head + number - log.first]!,
    shrink: drop,
    watch(onAppend) {
      watchers.add(onAppend)
      return () => void watchers.delete(onAppend)
    },
  }
  return log
}

/** UTF-16 units twice; what is rare is weighed as it would be sent. */
function bytesOf(event: RunEvent): number {
  if (event.type === 'text' || event.type === 'reasoning') return bytesPerEvent + 2 * event.text.length
  if (event.type === 'sources') return bytesPerEvent + 2 * event.passages.reduce((sum, { text }) => sum + text.length + 256, 0)
  return bytesPerEvent + 2 * JSON.stringify(event).length
}
