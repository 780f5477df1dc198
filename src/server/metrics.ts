import type { Chunk, FinishReason } from '../types/chunk.ts'
import type { Budget } from './budget.ts'
import { labels, metricNames as names, secondBuckets, tokenBuckets } from './metricNames.ts'
import { counter, gauge, histogram } from './prometheus.ts'
import type { Run } from './runs.ts'

export interface Metrics {
  request(method: string, route: string, status: number): void
  chunk(run: Run, chunk: Chunk): void
  end(run: Run, reason: FinishReason | 'error', errorCode?: string): void
  cut(): void
  readonly cutViewers: number
  text(): string
}

interface Now {
  readonly running: number
  readonly queued: number
  readonly viewers: number
}

/** Counts of one handler, since it was made. */
export function createMetrics(now: () => Now, budget: Budget | undefined): Metrics {
  const requests = counter(names.requests, 'Requests by route and class of status.')
  const runs = counter(names.runs, 'Answers that ended, by reason.')
  const firstChunk = histogram(names.firstChunk, 'From the question to its first text, with search.', secondBuckets)
  const duration = histogram(names.duration, 'From the question to the end of its answer.', secondBuckets)
  const tokens = histogram(names.tokens, 'Tokens of each call to a model, as reported or counted.', tokenBuckets)
  const workflow = { [labels.operation]: 'invoke_workflow' }
  const begun = new WeakSet<Run>()
  let cutViewers = 0
  const all = [
    requests, runs, firstChunk, duration, tokens,
    gauge(names.running, 'Answers being made.', () => now().running),
    gauge(names.queued, 'Questions that wait for a place.', () => now().queued),
    gauge(names.viewers, 'Connections that watch an answer.', () => now().viewers),
    gauge(names.cutViewers, 'Viewers cut: they took nothing, or fell behind.', () => cutViewers, 'counter'),
    ...(budget === undefined ? [] : [
      gauge(names.budgetTokens, 'Tokens of this day, with an estimate of what is under way.', () => budget.tokens),
      gauge(names.budgetCost, 'US dollars of this day, with an estimate of what is under way.', () => budget.cost),
    ]),
  ]
  return {
    request: (method, route, status) => requests.add({ method, route, status: `${Math.floor(status / 100)}xx` }),
    chunk(run, chunk) {
      if (chunk.type === 'text' && !begun.has(run)) {
        begun.add(run)
        firstChunk.observe(secondsSince(run), workflow)
      }
      if (chunk.type !== 'usage') return
      for (const call of chunk.calls.filter(({ from }) => from !== 'estimated')) {
        const known = { [labels.operation]: 'chat', [labels.model]: call.model }
        tokens.observe(call.inputTokens, { ...known, [labels.tokenType]: 'input' })
        tokens.observe(call.outputTokens, { ...known, [labels.tokenType]: 'output' })
      }
    },
    end(run, reason, errorCode) {
      runs.add({ reason })
      duration.observe(secondsSince(run), errorCode === undefined ? workflow : { ...workflow, [labels.error]: errorCode })
    },
    cut: () => void cutViewers++,
    get cutViewers() {
      return cutViewers
    },
    text: () => all.map((metric) => metric.text()).join(''),
  }
}

function secondsSince({ createdAt }: Run): number {
  return Math.max(0, Date.now() - createdAt) / 1000
}
