import { ByteQueue, blockBytes } from '../internal/byteQueue.ts'
import type { Chunk, ErrorInfo, FinishReason } from '../types/chunk.ts'

/** What an answer says to its viewers. `done` is last, and says that nothing follows. */
export type RunEvent =
  | Exclude<Chunk, { readonly type: 'mark' }>
  | { readonly type: 'error'; readonly error: ErrorInfo }
  | { readonly type: 'done'; readonly reason: FinishReason | 'error' }

/**
 * The events of one run, the last ones that `maxBytes` hold, for any number of viewers that read at their own pace.
 *
 * They are kept as bytes outside of the heap: what is said and forgotten again, megabytes a second, would leave the process some
 * hundred MiB larger.
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
  /** Its text as UTF-8, when it says nothing else; good until the next call of any log. */
  textAt(number: number): Uint8Array | undefined
  /** Length of the events from this one on. */
  bytesFrom(number: number): number
  /** Forgets the oldest events and frees memory until at most so many bytes are held; the last event always stays. */
  shrink(maxBytes: number): void
  /** Calls after each append; returns what ends that. */
  watch(onAppend: (event: RunEvent) => void): () => void
  /** Nobody will ask for it any more. Once nobody watches, it gives its events and memory away. */
  forget(): void
}

/** Says whether a log may become larger by so many bytes; it must where one event needs them. */
export type Grant = (log: RunLog, bytes: number, must: boolean) => boolean

export function createRunLog(maxBytes: number, grant: Grant = () => true): RunLog {
  const queue = new ByteQueue()
  let isForgotten = false
  /** Where events begin, in bytes since the first of all: that with number n at place n, modulo the length. */
  let starts = new Float64Array(16)
  let dropped = 0
  /** More memory was refused: so many bytes are said in the place of others before it is asked for again. */
  let contentFor = 0
  const watchers = new Set<(event: RunEvent) => void>()

  const startOf = (number: number) => (number > log.last ? dropped + queue.used : starts[number % starts.length]!)
  const addStart = () => {
    const held = log.last + 1 - log.first
    if (held === starts.length) {
      const more = new Float64Array(2 * held)
      for (let number = log.first; number <= log.last; number++) more[number % more.length] = startOf(number)
      starts = more
    }
    starts[(log.last + 1) % starts.length] = dropped + queue.used
  }
  const dropOldest = () => {
    const end = startOf(log.first + 1)
    queue.drop(end - dropped)
    dropped = end
    log.first++
  }
  /** In whole blocks. */
  const grow = (bytes: number, must: boolean) => {
    const more = Math.ceil(bytes / blockBytes) * blockBytes
    if (!grant(log, more, must)) return false
    queue.resize(queue.capacity + more)
    return true
  }
  const makeRoom = (length: number) => {
    while (queue.room < length || (queue.used > 0 && queue.used + length > maxBytes)) {
      const missing = length - queue.room
      const must = queue.used === 0
      if (missing > 0 && (must || (contentFor <= 0 && queue.used + length <= maxBytes))) {
        if (grow(Math.max(missing, Math.min(queue.capacity, maxBytes - queue.capacity)), must) || grow(missing, must)) continue
        contentFor = queue.capacity
      }
      dropOldest()
    }
    contentFor -= length
  }
  const release = () => {
    while (log.first <= log.last) dropOldest()
    queue.resize(0)
  }
  const read = (number: number) => {
    const start = startOf(number)
    return queue.read(start - dropped, startOf(number + 1) - start)
  }
  const log: { -readonly [Name in keyof RunLog]: RunLog[Name] } = {
    first: 1,
    last: 0,
    get bytes() {
      return queue.capacity
    },
    ended: false,
    append(event) {
      const written = write(event)
      makeRoom(written.length)
      addStart()
      queue.push(written)
      log.last++
      if (event.type === 'done') log.ended = true
      for (const onAppend of watchers) onAppend(event)
    },
    at(number) {
      const written = read(number)
      return written[0] === textMark ? { type: 'text', text: written.toString('utf8', 1) } : (JSON.parse(written.toString()) as RunEvent)
    },
    textAt(number) {
      const written = read(number)
      return written[0] === textMark ? written.subarray(1) : undefined
    },
    bytesFrom: (number) => dropped + queue.used - Math.max(dropped, startOf(number)),
    shrink(limit) {
      while (queue.used > limit && log.first < log.last) dropOldest()
      if (limit < queue.capacity) queue.resize(limit)
    },
    watch(onAppend) {
      watchers.add(onAppend)
      return () => {
        watchers.delete(onAppend)
        if (isForgotten && watchers.size === 0) release()
      }
    },
    forget() {
      isForgotten = true
      if (watchers.size === 0) release()
    },
  }
  return log
}

/** Text as it is behind a mark, since JSON takes ten times as long; all else, and halves of characters, as JSON. Good until the next call. */
function write(event: RunEvent): Buffer {
  const isText = event.type === 'text' && event.part === undefined && event.text.isWellFormed()
  const text = isText ? event.text : JSON.stringify(event)
  const bytes = text.length * 3 < scratch.length ? scratch : Buffer.allocUnsafeSlow(1 + Buffer.byteLength(text))
  bytes[0] = textMark
  return isText ? bytes.subarray(0, 1 + bytes.write(text, 1)) : bytes.subarray(0, bytes.write(text))
}

const scratch = Buffer.allocUnsafeSlow(65_536)
/** With which no JSON begins. */
const textMark = 0x3d
