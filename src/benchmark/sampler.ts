import { toErrorInfo } from '../errors.ts'
import { defined } from '../internal/defined.ts'
import { nowNs } from '../internal/mark.ts'
import { type Timings, createTimings } from '../operators/measure.ts'
import type { Chunk } from '../types/chunk.ts'
import type { Tokenizer } from '../types/ports.ts'
import type { TimeMetric } from './metrics.ts'
import type { RequestSample } from './run.ts'

/** Where a request stands in its run. Times in nanoseconds of the process's clock. */
export interface RequestPlace {
  readonly target: number
  readonly load: number
  readonly number: number
  /** When its load began. */
  readonly loadStartNs: number
  /** When it was to start; absent in a closed loop. */
  readonly dueNs?: number
}

/** What a request adds to the distributions over all gaps. */
export interface SampledGaps {
  readonly gapsMs: readonly number[]
  /** Tokens in one chunk, on average; at least 1. */
  readonly tokensPerChunk: number
}

/** Follows one request from its start to its end. */
export interface Sampler {
  take(chunk: Chunk): void
  end(error?: unknown): RequestSample & SampledGaps
}

const stallMs = 1000

/**
 * Times come from the marks of the answer; only the gaps between chunks are timed here, when a chunk comes by.
 *
 * @param tokenizer counts the answers whose usage the server does not report, after their end.
 */
export function createSampler({ target, load, number, loadStartNs, dueNs }: RequestPlace, tokenizer?: Tokenizer): Sampler {
  const startNs = nowNs()
  const fold = createTimings()
  const texts: string[] = []
  let gapsMs: number[] = []
  let chunks = 0
  let lastNs: number | undefined
  let isWhole = false

  const countTokens = ({ usage }: Timings) => {
    if (usage?.from === 'server') return { inputTokens: usage.inputTokens, outputTokens: usage.outputTokens, tokensFrom: 'server' as const }
    if (tokenizer !== undefined) return { outputTokens: tokenizer.count(texts.join('')), tokensFrom: tokenizer.exact ? ('counted' as const) : ('estimated' as const) }
    return { outputTokens: chunks, tokensFrom: 'chunks' as const }
  }
  const timesOf = (timings: Timings, outputTokens: number): RequestSample['times'] => {
    const { waitMs, condenseMs, embedMs, retrieveMs, rerankMs, promptMs, connectMs, ttfbMs, ttftMs, ttfoMs, streamMs, latencyMs } = timings
    const queueMs = dueNs === undefined ? undefined : (startNs - dueNs) / 1e6
    const sum = gapsMs.reduce((all, gap) => all + gap, 0)
    const sinceDue = (ms: number | undefined, before = 0) => (ms === undefined || queueMs === undefined ? undefined : queueMs + before + ms)
    const beforeSend = (waitMs ?? 0) - (ttfoMs ?? 0)
    const times: Partial<Record<TimeMetric, number | undefined>> = {
      waitMs, scheduledWaitMs: sinceDue(waitMs), queueMs, condenseMs, embedMs, retrieveMs, rerankMs, promptMs, connectMs, ttfbMs, ttftMs,
      scheduledTtftMs: sinceDue(ttftMs, beforeSend), ttfoMs,
      ...(gapsMs.length > 0 && {
        gapMs: sum / gapsMs.length,
        maxGapMs: gapsMs.reduce((most, gap) => Math.max(most, gap), 0),
        itlMs: sum / gapsMs.length / Math.max(1, outputTokens / chunks),
      }),
      ...(gapsMs.length > 0 && outputTokens > 1 && { tpotMs: sum / (outputTokens - 1) }),
      streamMs, latencyMs,
    }
    return defined(times)
  }

  return {
    take(chunk) {
      fold.take(chunk)
      if (chunk.type === 'reset') {
        gapsMs = []
        texts.length = 0
        chunks = 0
        lastNs = undefined
        return
      }
      if (chunk.type === 'mark' && chunk.streaming === false) isWhole = true
      const text = textOf(chunk)
      if (text === '') return
      const at = nowNs()
      // What comes in one piece has no gaps.
      if (lastNs !== undefined && !isWhole) gapsMs.push((at - lastNs) / 1e6)
      lastNs = at
      chunks++
      if (tokenizer !== undefined) texts.push(text)
    },
    end(error) {
      const endNs = nowNs()
      const timings = fold.timings()
      const tokens = countTokens(timings)
      const { finishReason } = timings
      return {
        type: 'request', target, load, number,
        startedMs: (startNs - loadStartNs) / 1e6,
        endedMs: (endNs - loadStartNs) / 1e6,
        times: error === undefined ? timesOf(timings, tokens.outputTokens) : {},
        chunks,
        ...tokens,
        stalls: gapsMs.filter((gap) => gap > stallMs).length,
        ...(finishReason !== undefined && { finishReason }),
        ...(error !== undefined && { error: toErrorInfo(error) }),
        gapsMs: error === undefined ? gapsMs : [],
        tokensPerChunk: chunks === 0 ? 1 : Math.max(1, tokens.outputTokens / chunks),
      }
    },
  }
}

function textOf(chunk: Chunk): string {
  if (chunk.type === 'text' || chunk.type === 'reasoning') return chunk.text
  return chunk.type === 'tool-call' ? chunk.argumentsText + (chunk.name ?? '') : ''
}
