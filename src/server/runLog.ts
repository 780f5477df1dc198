import { ByteRing } from '../internal/byteRing.ts'
import type { Chunk, ErrorInfo, FinishReason } from '../types/chunk.ts'

/** What an answer says to its viewers. `done` is last, and says that nothing follows. */
export type RunEvent =
  | Exclude<Chunk, { readonly type: 'mark' }>
  | { readonly type: 'error'; readonly error: ErrorInfo }
  | { readonly type: 'done'; readonly reason: FinishReason | 'error' }

/**
 * The events of one run, the last ones that `maxBytes` hold, for any number of viewers that read at their own pace.
 *
 * All but the newest are kept as bytes outside of the heap: what is said and forgotten again, megabytes a second, would leave the
 * process some hundred MiB larger.
 */
export interface RunLog {
  /** Number of the first event that is still there; events count from 1. */
  readonly first: number
  /** Number of the last event; 0 when there is none. */
  readonly last: number
  /** Memory that is held. */
  readonly bytes: number
  /** Nothing more is appended. */
  readonly ended: boolean
  append(event: RunEvent): void
  /** The event with this number, which must be from `first` to `last`. */
  at(number: number): RunEvent
  /** Forgets the oldest events and frees memory until at most so many bytes are held; the last event always stays. */
  shrink(maxBytes: number): void
  /** Calls after each append; returns what ends that. */
  watch(onAppend: (event: RunEvent) => void): () => void
}

/** Says whether a log may become larger by so many bytes; it must where one event needs them. */
export type Grant = (log: RunLog, bytes: number, must: boolean) => boolean

const leastBytes = 1024

export function createRunLog(maxBytes: number, grant: Grant = () => true): RunLog {
  const ring = new ByteRing()
  /** Where events end, in bytes since the first of all. Those before place `head` are forgotten; the array is cut when they are half of it. */
  let ends: number[] = []
  let head = 0
  let dropped = 0
  let newest: RunEvent | undefined
  /** More memory was refused: so many bytes are said in the place of others before it is asked for again. */
  let contentFor = 0
  const watchers = new Set<(event: RunEvent) => void>()

  const dropOldest = () => {
    const end = ends[head]!
    ring.drop(end - dropped)
    dropped = end
    head++
    log.first++
    if (head > 64 && head * 2 > ends.length) {
      ends = ends.slice(head)
      head = 0
    }
  }
  const makeRoom = (length: number) => {
    while (ring.capacity - ring.used < length) {
      const wanted = Math.min(Math.max(leastBytes, 2 * ring.capacity, ring.used + length), Math.max(maxBytes, length))
      const must = ring.used === 0
      if (wanted > ring.capacity && (must || contentFor <= 0)) {
        if (grant(log, wanted - ring.capacity, must)) {
          ring.resize(wanted)
          continue
        }
        contentFor = ring.capacity
      }
      dropOldest()
    }
    contentFor -= length
  }
  const log: { -readonly [Name in keyof RunLog]: RunLog[Name] } = {
    first: 1,
    last: 0,
    get bytes() {
      return ring.capacity
    },
    ended: false,
    append(event) {
      const written = write(event)
      const length = Buffer.byteLength(written)
      makeRoom(length)
      ring.push(written, length)
      ends.push(dropped + ring.used)
      newest = event
      log.last++
      if (event.type === 'done') log.ended = true
      for (const onAppend of watchers) onAppend(event)
    },
    at(number) {
      if (number === log.last) return newest!
      const place = head + number - log.first
      const start = place === head ? dropped : ends[place - 1]!
      return read(ring.read(start - dropped, ends[place]! - start))
    },
    shrink(limit) {
      while (ring.used > limit && log.first < log.last) dropOldest()
      const wanted = Math.max(ring.used, limit)
      if (wanted < ring.capacity) ring.resize(wanted)
    },
    watch(onAppend) {
      watchers.add(onAppend)
      return () => void watchers.delete(onAppend)
    },
  }
  return log
}

/** Text as it is behind a mark, since JSON takes ten times as long; all else, and halves of characters, as JSON. */
function write(event: RunEvent): string {
  return event.type === 'text' && event.part === undefined && event.text.isWellFormed() ? `${textMark}${event.text}` : JSON.stringify(event)
}

function read(written: string): RunEvent {
  return written.startsWith(textMark) ? { type: 'text', text: written.slice(textMark.length) } : (JSON.parse(written) as RunEvent)
}

/** With which no JSON begins. */
const textMark = '='
