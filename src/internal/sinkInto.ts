import { Observable, type OperatorFunction, Subscription, takeWhile } from 'rxjs'
import { OverflowError, SinkError } from '../errors.ts'
import type { Chunk } from '../types/chunk.ts'
import type { Gate } from '../types/gate.ts'
import { requirePositiveInteger } from './requirePositiveInteger.ts'

export interface SinkOptions {
  /** The query's gate: held while the queue is above its high-water mark, so that the model's socket waits with it. */
  readonly gate?: Gate
  /**
   * `pause` (default): hold the gate while slow, at most `maxHoldMs`. `cut`: never hold.
   * Both fail with `OverflowError` above `maxBytes`.
   */
  readonly whenSlow?: 'pause' | 'cut'
  /** Bound on the text that waits to be written. Default 16 MiB. */
  readonly maxBytes?: number
  /** Bound on one uninterrupted hold. Default 60 000. */
  readonly maxHoldMs?: number
}

/** How an answer ended for a writer. */
export type SinkEnd = { readonly kind: 'complete' } | { readonly kind: 'error'; readonly error: unknown } | { readonly kind: 'drop' }

/** What a sink writes to. Writes never overlap; `close` may come during the last one when the sink is dropped or gives up. */
export interface Writer<S> {
  write(chunk: Chunk): void | Promise<void>
  /** Called once; after `drop` nobody waits for it. */
  close(end: SinkEnd): S | Promise<S>
}

/** The gate is held above this many waiting bytes and released below a quarter of it. */
const highWaterBytes = 64 * 1024

/** Timers know no longer time. */
const maxTimerMs = 2 ** 31 - 1

/**
 * Makes a sink of a writer: writes one chunk after the other, and emits the writer's summary once the last is written.
 *
 * Memory: chunks that wait, at most `maxBytes` of text. Drop: the writer is closed with `drop`. Errors: of the source and of
 * the writer, as `SinkError` with the summary so far.
 */
export function sinkInto<S>(open: () => Writer<S>, options: SinkOptions = {}): OperatorFunction<Chunk, S> {
  const { gate, whenSlow = 'pause', maxBytes = 16 * 1024 * 1024, maxHoldMs = 60_000 } = options
  requirePositiveInteger('maxBytes', maxBytes)
  requirePositiveInteger('maxHoldMs', maxHoldMs)

  return (chunks) =>
    new Observable<S>((subscriber) => {
      const writer = open()
      const source = new Subscription()
      let waiting: Chunk[] = []
      let waitingBytes = 0
      let end: Exclude<SinkEnd, { kind: 'drop' }> | undefined
      let pumping = false
      let closed = false
      let release: (() => void) | undefined
      let holdTimer: ReturnType<typeof setTimeout> | undefined

      const letGo = () => {
        clearTimeout(holdTimer)
        release?.()
        release = undefined
      }
      /** Ends at once, not behind a write that may never end. */
      const fail = (error: unknown) => {
        if (closed) return
        waiting = []
        end = { kind: 'error', error }
        source.unsubscribe()
        void close(end)
      }
      const hold = () => {
        if (gate === undefined || whenSlow === 'cut' || release !== undefined) return
        release = gate.hold()
        const giveUp = () => fail(new OverflowError(`A sink held the answer back for ${maxHoldMs} ms`, maxHoldMs, 'ms'))
        holdTimer = setTimeout(giveUp, Math.min(maxHoldMs, maxTimerMs))
      }
      /** What else goes wrong at the end of a failure, or with nobody left to tell, is not what people need to know. */
      const closeAnyway = async (how: SinkEnd): Promise<S | undefined> => {
        try {
          return await writer.close(how)
        } catch {
          return undefined
        }
      }
      const close = async (how: Exclude<SinkEnd, { kind: 'drop' }>) => {
        closed = true
        letGo()
        if (how.kind === 'error') {
          subscriber.error(new SinkError(how.error, await closeAnyway(how)))
          return
        }
        try {
          subscriber.next(await writer.close(how))
          subscriber.complete()
        } catch (error) {
          subscriber.error(error)
        }
      }
      const finish = () => {
        if (!closed && !pumping && end !== undefined) void close(end)
      }
      const run = async () => {
        while (waiting.length > 0) {
          const batch = waiting
          waiting = []
          for (const chunk of batch) {
            const written = writer.write(chunk)
            if (written !== undefined) await written
            if (closed) return
            waitingBytes -= sizeOf(chunk)
            if (waitingBytes < highWaterBytes / 4) letGo()
          }
        }
        // Here, not in `then`: a source and a writer that are both synchronous queue nothing.
        pumping = false
      }
      const pump = () => {
        if (pumping || closed) return
        pumping = true
        run().then(finish, fail)
      }

      const observer = {
        next: (chunk: Chunk) => {
          waiting.push(chunk)
          waitingBytes += sizeOf(chunk)
          if (waitingBytes > maxBytes) fail(new OverflowError(`A sink fell ${maxBytes} bytes behind`, maxBytes, 'bytes'))
          else if (waitingBytes > highWaterBytes) hold()
          pump()
        },
        error: (error: unknown) => {
          end ??= { kind: 'error', error }
          pump()
        },
        complete: () => {
          end ??= { kind: 'complete' }
          pump()
        },
      }
      subscriber.add(() => {
        source.unsubscribe()
        letGo()
        if (closed) return
        closed = true
        waiting = []
        void closeAnyway({ kind: 'drop' })
      })
      source.add(chunks.pipe(takeWhile(() => end === undefined)).subscribe(observer))
    })
}

/** About what a chunk keeps in memory. */
function sizeOf(chunk: Chunk): number {
  if (chunk.type === 'text' || chunk.type === 'reasoning') return chunk.text.length * 2
  return chunk.type === 'tool-call' ? chunk.argumentsText.length * 2 : 64
}
