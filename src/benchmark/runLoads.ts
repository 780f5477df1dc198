import {
  EMPTY, NEVER, type Observable, ReplaySubject, catchError, concat, concatMap, defer, finalize, from, ignoreElements, map, merge, of, take, takeUntil, tap, toArray,
} from 'rxjs'
import { nowNs } from '../internal/mark.ts'
import { pullMap } from '../sources/pullMap.ts'
import type { Chunk } from '../types/chunk.ts'
import type { Tokenizer } from '../types/ports.ts'
import { arrivalTimes } from './arrivals.ts'
import { type Start, atTimes } from './atTimes.ts'
import { createHistogram } from './histogram.ts'
import type { LoadEnd, LoadInfo, RequestSample } from './run.ts'
import { type RequestPlace, createSampler } from './sampler.ts'
import { watchSelf } from './selfCheck.ts'

/** What is measured: asks one question. Each answer has `accepted` among its marks. */
export type AskTarget = (question: BenchQuestion) => Observable<Chunk>

export interface BenchQuestion {
  readonly id: string
  readonly question: string
}

export interface LoadsOptions {
  readonly targets: readonly AskTarget[]
  readonly loads: readonly LoadInfo[]
  /** The question of this request, from 0, of this load at this target. */
  readonly question: (number: number, load: number, target: number) => BenchQuestion
  /** Of each target under each load; one of the two. */
  readonly requests?: number | undefined
  readonly seconds?: number | undefined
  readonly seed: number
  readonly tokenizer?: Tokenizer | undefined
  /** Its first emission ends the run: requests in flight are dropped and count for nothing. */
  readonly stop?: Observable<unknown>
  readonly onStart?: (load: number) => void
}

/**
 * Puts each load on all targets at once, one load after the other, and emits every request and, at its end, each load of each target.
 *
 * A closed load keeps so many requests at every target; an open one starts them at their times, and waits for none unless it has a
 * bound on how many run; targets take turns in the time between two. Requests of a load have the same numbers at every target.
 *
 * - Order: requests as they end. Memory: what is running.
 * - Errors: none of an answer; such a request is a sample with `error`.
 */
export function runLoads(options: LoadsOptions): Observable<RequestSample | LoadEnd> {
  const { stop = NEVER, loads } = options
  return defer(() => {
    // Heard once and remembered: between two loads too, and those that follow do not begin.
    const stopped = new ReplaySubject<unknown>(1)
    let isStopped = false
    const listening = stop.pipe(take(1), tap(() => (isStopped = true))).subscribe(stopped)
    return from(loads).pipe(
      concatMap((load, place) => (isStopped ? EMPTY : runLoad(load, place, options, stopped))),
      finalize(() => listening.unsubscribe()),
    )
  })
}

function runLoad(load: LoadInfo, place: number, options: LoadsOptions, stopped: Observable<unknown>): Observable<RequestSample | LoadEnd> {
  const { targets, onStart } = options
  return defer(() => {
    onStart?.(place)
    const loadStartNs = nowNs()
    const self = watchSelf(load)
    const loops = targets.map((ask, target) => {
      const gaps = createHistogram()
      const itl = createHistogram()
      const ended = { first: Infinity, last: 0, lastStart: 0, count: 0 }
      const askOne = (number: number, start?: Start): Observable<RequestSample> => {
        if (start !== undefined) self.late(start.lagMs)
        const sampled = sampleOf(ask, options.question(number, place, target), { target, load: place, number, loadStartNs, ...(start !== undefined && { dueNs: start.dueNs }) }, options.tokenizer)
        return sampled.pipe(
          map(({ gapsMs, tokensPerChunk, ...sample }) => {
            for (const gap of gapsMs) {
              gaps.add(gap)
              itl.add(gap / tokensPerChunk, tokensPerChunk)
            }
            ended.first = Math.min(ended.first, sample.startedMs)
            ended.last = Math.max(ended.last, sample.endedMs)
            ended.lastStart = Math.max(ended.lastStart, sample.startedMs)
            ended.count++
            return sample
          }),
        )
      }
      const end = () => ({
        gaps: gaps.data(), itl: itl.data(), target,
        seconds: Math.max(0, (ended.last - ended.first) / 1000),
        startRate: ended.count < 2 ? 0 : ((ended.count - 1) * 1000) / Math.max(1e-3, ended.lastStart - ended.first),
      })
      return { requests: load.kind === 'closed' ? closedLoop(load, options, loadStartNs, askOne) : openLoop(load, target, options, askOne), end }
    })
    const all = merge(...loops.map(({ requests }) => requests)).pipe(takeUntil(stopped))
    const ends = defer(() => {
      const results = loops.map(({ end }) => end())
      const check = self.end(results.reduce((sum, { startRate }) => sum + startRate, 0) / targets.length)
      return from(results.map(({ gaps, itl, seconds, target }): LoadEnd => ({ type: 'load', target, load: place, seconds, gaps, itl, self: check })))
    })
    return concat(all, ends).pipe(finalize(() => self.stop()))
  })
}

function sampleOf(ask: AskTarget, question: BenchQuestion, place: RequestPlace, tokenizer: Tokenizer | undefined) {
  return defer(() => {
    const sampler = createSampler(place, tokenizer)
    return ask(question).pipe(
      tap((chunk) => sampler.take(chunk)),
      ignoreElements(),
      catchError((error: unknown) => of({ failed: error })),
      toArray(),
      map(([end]) => sampler.end(end?.failed)),
    )
  })
}

function closedLoop({ concurrency = 1 }: LoadInfo, { requests = Infinity, seconds = Infinity }: LoadsOptions, startNs: number, askOne: (number: number) => Observable<RequestSample>) {
  function* numbers() {
    for (let number = 0; number < requests && (nowNs() - startNs) / 1e9 < seconds; number++) yield number
  }
  return pullMap(numbers(), (number) => askOne(number), { concurrency })
}

function openLoop({ rate = 1, arrivals = 'poisson', concurrency }: LoadInfo, target: number, options: LoadsOptions, askOne: (number: number, start: Start) => Observable<RequestSample>) {
  const count = options.requests ?? Math.max(1, Math.floor(rate * (options.seconds ?? 0)))
  const turnMs = (target * 1000) / rate / options.targets.length
  const times = arrivalTimes(count, { rate, arrivals, seed: options.seed }).map((time) => time + turnMs)
  return atTimes(times, askOne, concurrency)
}
