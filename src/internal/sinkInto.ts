import { Observable, type OperatorFunction, Subject, takeUntil } from 'rxjs'
import { OverflowError, SinkError } from '../errors.ts'
import type { Chunk } from '../types/chunk.ts'
import type { Gate } from '../types/gate.ts'
import { bytesOf, createChunkQueue } from './chunkQueue.ts'
import { requirePositiveInteger } from './requirePositiveInteger.ts'

export interface SinkOptions {
  /** The query's gate: held while the queue is above its high-water mark, so that the model's socket waits with it. */
  readonly gate?: Gate
  /**
   * `pause` (default): hold the gate while slow, at most `maxHoldMs`. `cut`: never hold.
   * Both fail with `OverflowError` above `maxBytes`.
   */
  readonly whenSlow?: 'pause' | 'cut'
  /**
   * Bound on what waits to be written: two bytes for each UTF-16 unit of text, 128 for each chunk. Default 16 MiB.
   * `pause` holds above 64 KiB or a quarter of this; what one read of the socket has brought still comes.
   */
  readonly maxBytes?: number
  /** Bound on one uninterrupted hold; and on one write after the answer has ended, when all that is left to wait for is this sink. Default 60 000. */
  readonly maxHoldMs?: number
}

/** How an answer ended for a writer. */
export type SinkEnd = { readonly kind: 'complete' } | { readonly kind: 'error'; readonly error: unknown } | { readonly kind: 'drop' }

/** What a sink writes to. Writes never overlap; `close` may come during the last one when the sink is dropped or gives up. */
export interface Writer<S> {
  /** A promise when it takes time; what comes meanwhile waits, its text merged. */
  write(chunk: Chunk): void | Promise<void>
  /** Called once; after `drop` nobody waits for it. */
  close(end: SinkEnd): S | Promise<S>
  /** True when nothing waits for its end but its own reader, who may take all the time there is. Default false. */
  readonly isPatient?: boolean
}

/** The gate is held above this many waiting bytes and released below a quarter of it. */
const maxHighWaterBytes = 64 * 1024

/** Timers know no longer time. */
const maxTimerMs = 2 ** 31 - 1

/**
 * Makes a sink of a writer: writes one chunk after the other, and emits the writer's summary once the last is written.
 * A chunk that comes while nothing waits goes straight to the writer: no queue, no promise.
 *
 * Order: kept. Memory: chunks that wait, neighbouring text merged, at most `maxBytes`. Drop: the writer is closed with `drop`.
 * Errors: of the source and of the writer, as `SinkError` with the summary so far.
 */
export function sinkInto<S>(open: () => Writer<S>, options: SinkOptions = {}): OperatorFunction<Chunk, S> {
  const { gate, whenSlow, maxBytes, maxHoldMs } = checkSinkOptions(options)
  const highWaterBytes = Math.min(maxHighWaterBytes, maxBytes / 4)

  return (chunks) =>
    new Observable<S>((subscriber) => {
      const writer = open()
      const queue = createChunkQueue()
      // Ends the source without an operator that looks at every chunk.
      const stopped = new Subject<void>()
      let busy = false
      let writingBytes = 0
      let end: Exclude<SinkEnd, { kind: 'drop' }> | undefined
      let closed = false
      let release: (() => void) | undefined
      let timer: ReturnType<typeof setTimeout> | undefined

      const letGo = () => {
        if (timer === undefined) return
        clearTimeout(timer)
        timer = undefined
        release?.()
        release = undefined
      }
      const shut = () => {
        closed = true
        stopped.next()
        letGo()
        queue.clear()
      }
      /** What else goes wrong at the end of a failure, or with nobody left to tell, is not what people need to know. */
      const closeAnyway = async (how: SinkEnd): Promise<S | undefined> => {
        try {
          return await writer.close(how)
        } catch {
          return undefined
        }
      }
      /** Ends at once, not behind a write that may never end. */
      const fail = async (error: unknown) => {
        if (closed) return
        shut()
        subscriber.error(new SinkError(error, await closeAnyway({ kind: 'error', error })))
      }
      const complete = async () => {
        shut()
        try {
          subscriber.next(await writer.close({ kind: 'complete' }))
          subscriber.complete()
        } catch (error) {
          subscriber.error(error)
        }
      }
      const allow = (what: string) => {
        const giveUp = () => void fail(new OverflowError(`${what} for ${maxHoldMs} ms`, maxHoldMs, 'ms'))
        timer = setTimeout(giveUp, Math.min(maxHoldMs, maxTimerMs))
      }
      const holdIfBehind = () => {
        if (gate === undefined || whenSlow === 'cut' || timer !== undefined || writingBytes + queue.bytes <= highWaterBytes) return
        release = gate.hold()
        allow('A sink held the answer back')
      }
      const write = (chunk: Chunk) => {
        busy = true
        try {
          const written = writer.write(chunk)
          if (written !== undefined) {
            writingBytes = bytesOf(chunk)
            if (end === undefined) holdIfBehind()
            written.then(proceed, fail)
            return
          }
        } catch (error) {
          void fail(error)
        }
        busy = false
      }
      const nextWaiting = () => (busy || closed ? undefined : queue.shift())
      /** Writes what waits, until a write takes time. */
      const proceed = () => {
        busy = false
        writingBytes = 0
        for (let chunk = nextWaiting(); chunk !== undefined; chunk = nextWaiting()) write(chunk)
        if (closed) return
        if (end === undefined) {
          if (writingBytes + queue.bytes < highWaterBytes / 4) letGo()
          return
        }
        if (busy) return limitWrite()
        void (end.kind === 'error' ? fail(end.error) : complete())
      }
      const finish = (how: NonNullable<typeof end>) => {
        if (closed) return
        end ??= how
        if (busy) limitWrite()
        else proceed()
      }
      /** The source has ended: it needs no holding any more, but those beside this sink wait for its end. */
      const limitWrite = () => {
        letGo()
        if (writer.isPatient !== true) allow('A sink was given the whole answer and took nothing')
      }

      subscriber.add(() => {
        if (closed) return
        shut()
        void closeAnyway({ kind: 'drop' })
      })
      if (closed) return
      chunks.pipe(takeUntil(stopped)).subscribe({
        next: (chunk) => {
          if (!busy) {
            write(chunk)
            // A write that made its own source go on.
            if (!busy && (end !== undefined || queue.bytes > 0)) proceed()
            return
          }
          queue.push(chunk)
          if (writingBytes + queue.bytes > maxBytes) void fail(new OverflowError(`A sink fell ${maxBytes} bytes behind`, maxBytes, 'bytes'))
          else holdIfBehind()
        },
        error: (error: unknown) => finish({ kind: 'error', error }),
        complete: () => finish({ kind: 'complete' }),
      })
    })
}

/** @throws InvalidOptionError when an option is not a positive integer. */
export function checkSinkOptions(options: SinkOptions) {
  const { gate, whenSlow = 'pause', maxBytes = 16 * 1024 * 1024, maxHoldMs = 60_000 } = options
  requirePositiveInteger('maxBytes', maxBytes)
  requirePositiveInteger('maxHoldMs', maxHoldMs)
  return { gate, whenSlow, maxBytes, maxHoldMs }
}
