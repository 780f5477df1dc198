import { type Observable, Subject, type Subscription, defer } from 'rxjs'
import type { Chunk, FinishReason } from '../types/chunk.ts'
import type { StopSignal } from '../types/completion.ts'
import { createKept } from './createKept.ts'
import { createLogRoom } from './logRoom.ts'
import { randomRunId } from './randomRunId.ts'
import { type RunLog, createRunLog } from './runLog.ts'
import type { ServedQuery } from './servedQuery.ts'
import { shownChunk, shownError } from './shown.ts'

/** One answer that is being made, or was made a moment ago. */
export interface Run {
  /** Cannot be guessed: who knows it may watch and stop the run. */
  readonly id: string
  /** What was asked. */
  readonly query: ServedQuery
  readonly log: RunLog
  /** Milliseconds since the epoch. */
  readonly createdAt: number
  /** Ends the answer with `usage` and `finish: 'stopped'`; a run that still waits is not begun. */
  stop(): void
  /** Somebody watches; returns what ends that. Without viewers a run goes on for the grace time, then it is stopped. */
  attach(graceMs?: number): () => void
}

export interface RunsOptions {
  readonly answer: (query: ServedQuery, context: { readonly stop: StopSignal; readonly runId: string }) => Observable<Chunk>
  /** Answers being made at once. */
  readonly maxRuns: number
  /** Runs that wait for a place. */
  readonly maxQueued: number
  readonly graceMs: number
  /** How long a run that has ended can still be read. */
  readonly keepMs: number
  /** Runs that have ended and can still be read. */
  readonly maxKept: number
  /** Of one run's log. */
  readonly maxLogBytes: number
  /** Of all logs together. */
  readonly maxTotalLogBytes: number
  /** Told every chunk, marks too. */
  readonly onChunk?: (run: Run, chunk: Chunk) => void
  /** Told once how a run ended. */
  readonly onEnd?: (run: Run, reason: FinishReason | 'error', error?: unknown) => void
}

export interface Runs {
  readonly running: number
  readonly queued: number
  readonly kept: number
  /** Of all runs together. */
  readonly viewers: number
  readonly closed: boolean
  /** Undefined when all places, also those for waiting, are taken: nothing was spent. */
  start(query: ServedQuery): Run | undefined
  find(id: string): Run | undefined
  /** Stops all; resolves when every one has ended. New ones are refused from now on. */
  stopAll(): Promise<void>
}

/** An answer that does not end by its stop signal within this time is dropped. */
const maxStopMs = 2000

export function createRuns(options: RunsOptions): Runs {
  const { maxRuns, maxQueued, graceMs, keepMs, maxKept, maxLogBytes, maxTotalLogBytes } = options
  const all = new Map<string, Run>()
  const waiting: (() => void)[] = []
  const room = createLogRoom(maxTotalLogBytes)
  const ended = createKept<Run>(maxKept, keepMs, ({ id, log }) => {
    all.delete(id)
    room.remove(log)
  })
  const active = new Set<Run>()
  let closed = false
  let allViewers = 0
  let whenIdle: (() => void) | undefined

  const settle = (run: Run) => {
    active.delete(run)
    ended.add(run)
    if (!closed && active.size < maxRuns) waiting.shift()?.()
    if (active.size === 0 && waiting.length === 0) whenIdle?.()
  }

  const start = (query: ServedQuery): Run | undefined => {
    if (closed || (active.size >= maxRuns && waiting.length >= maxQueued)) return undefined
    const log = createRunLog(maxLogBytes, room.grant)
    const stop$ = new Subject<void>()
    let viewers = 0
    let subscription: Subscription | undefined
    let grace: NodeJS.Timeout | undefined
    let dropped: NodeJS.Timeout | undefined
    let reason: FinishReason | undefined

    const end = (error?: { readonly cause: unknown }) => {
      if (log.ended) return
      clearTimeout(grace)
      clearTimeout(dropped)
      const how = error === undefined ? (reason ?? 'stopped') : 'error'
      if (error !== undefined) log.append({ type: 'error', error: shownError(error.cause) })
      log.append({ type: 'done', reason: how })
      options.onEnd?.(run, how, error?.cause)
      settle(run)
    }
    const begin = () => {
      active.add(run)
      subscription = defer(() => options.answer(query, { stop: stop$, runId: run.id })).subscribe({
        next: (chunk) => {
          options.onChunk?.(run, chunk)
          if (chunk.type === 'finish') reason = chunk.reason
          if (chunk.type !== 'mark') log.append(shownChunk(chunk))
        },
        error: (cause: unknown) => end({ cause }),
        complete: () => end(),
      })
    }
    const run: Run = {
      id: randomRunId(),
      query,
      log,
      createdAt: Date.now(),
      stop() {
        if (log.ended) return
        const place = waiting.indexOf(begin)
        if (place >= 0) {
          waiting.splice(place, 1)
          return end()
        }
        // Before the signal, at which most runs end on the spot.
        dropped ??= setTimeout(() => {
          subscription?.unsubscribe()
          end()
        }, maxStopMs)
        stop$.next()
      },
      attach(lastGraceMs = graceMs) {
        viewers++
        allViewers++
        clearTimeout(grace)
        let attached = true
        return () => {
          if (!attached) return
          attached = false
          viewers--
          allViewers--
          if (viewers > 0 || log.ended) return
          if (lastGraceMs <= 0) run.stop()
          else grace = setTimeout(run.stop, lastGraceMs)
        }
      },
    }
    all.set(run.id, run)
    room.add(log)
    if (active.size < maxRuns) begin()
    else waiting.push(begin)
    return run
  }

  return {
    get running() {
      return active.size
    },
    get queued() {
      return waiting.length
    },
    get kept() {
      return ended.size
    },
    get viewers() {
      return allViewers
    },
    get closed() {
      return closed
    },
    start,
    find: (id) => all.get(id),
    stopAll() {
      closed = true
      const done = new Promise<void>((resolve) => (whenIdle = resolve))
      for (const run of all.values()) run.stop()
      if (active.size === 0) whenIdle?.()
      return done
    },
  }
}
