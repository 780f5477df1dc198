import type { TimeMetric } from './metrics.ts'
import type { LoadInfo, RunInfo } from './run.ts'
import type { LoadSummary } from './summary.ts'

/** From this on a difference is worth a sentence. */
const worthTelling = 1.1

/** What a reader has to know before believing a number, a sentence each; one that is true of several results is there once. */
export function notesOn(run: RunInfo, results: readonly LoadSummary[]): string[] {
  const owners = new Map<string, string[]>()
  for (const result of results) {
    const texts = [
      result.self.clientLimited,
      result.failed > 0 && `${result.failed} of ${result.requests} requests failed; they are in no time.`,
      scheduleNote(result, run.loads.find(({ name }) => name === result.load)),
      tokenNote(result),
      result.stalls > 0 && `${result.stalls} ${result.stalls === 1 ? 'gap' : 'gaps'} of more than a second between two chunks.`,
      reasoningNote(result),
      result.empty > 0 && `${result.empty} of ${result.succeeded} answers ended well and had no text at all.`,
      isBrokenOff(result) && 'The end of this load is missing: its run was broken off, and how the client did is not known.',
    ]
    for (const text of texts) {
      if (typeof text === 'string') owners.set(text, [...(owners.get(text) ?? []), `${result.target}, ${result.load}`])
    }
  }
  return [...owners].map(([text, names]) => {
    if (names.length === results.length) return text
    return `${names.length > 2 ? `${names.length} results` : names.join('; ')}: ${text}`
  })
}

function isBrokenOff({ self, requests }: LoadSummary): boolean {
  return requests > 1 && self.achievedRate === 0
}

/** The one sentence on why two figures for one thing differ: the largest part of the difference. */
function scheduleNote(result: LoadSummary, load: LoadInfo | undefined): string | false {
  const [scheduled, sent] = (['scheduledTtftMs', 'ttftMs'] as const).map((metric) => highOf(result, metric))
  if (scheduled === undefined || sent === undefined || scheduled.value < sent.value * worthTelling) return false
  const meanOf = (metric: TimeMetric) => result.metrics.find((found) => found.metric === metric)?.mean ?? 0
  const parts = [
    { metric: 'queueMs', what: load?.concurrency === undefined ? 'requests started late here' : 'while the server was slow, the next requests waited for a place' },
    { metric: 'connectMs', what: 'requests waited for a connection' },
    { metric: 'retrieveMs', what: 'the pipeline searched first' },
    { metric: 'embedMs', what: 'the pipeline embedded the question first' },
  ] as const
  const { metric, what } = parts.reduce((most, part) => (meanOf(part.metric) > meanOf(most.metric) ? part : most))
  const part = highOf(result, metric)
  return (
    `TTFT is ${ms(scheduled.value)} at ${scheduled.name} counted from the schedule, but ${ms(sent.value)} counted from the send: ` +
    `${what} (${ms(part?.value ?? 0)} at ${part?.name ?? scheduled.name}), which is what a person waits and the second figure leaves out.`
  )
}

function tokenNote({ tokensFrom, outputTokens }: LoadSummary): string | false {
  if (outputTokens === 0) return false
  if (tokensFrom === 'counted') return 'The server reported no usage: tokens were counted here.'
  if (tokensFrom === 'estimated') return "The server reported no usage: tokens were counted by another model's table, so times per token are estimates."
  return tokensFrom === 'chunks' && 'The server reported no usage: each chunk counts as one token.'
}

function reasoningNote(result: LoadSummary): string | false {
  const [first, visible] = (['ttftMs', 'ttfoMs'] as const).map((metric) => result.metrics.find((found) => found.metric === metric))
  if (first === undefined) return false
  if (visible === undefined) return 'No answer had visible text: there is reasoning or a tool call only.'
  return visible.mean > first.mean * worthTelling && `The model reasons first: its first text of any kind comes after ${ms(first.mean)}, the first visible one after ${ms(visible.mean)} (means).`
}

/** The highest percentile that there is. */
function highOf({ metrics }: LoadSummary, metric: TimeMetric): { readonly name: string; readonly value: number } | undefined {
  const found = metrics.find((summary) => summary.metric === metric)
  if (found === undefined) return undefined
  const { p99, p90 } = found.percentiles
  if (p99 !== undefined) return { name: 'p99', value: p99 }
  return p90 === undefined ? { name: 'most', value: found.max } : { name: 'p90', value: p90 }
}

export function ms(value: number): string {
  if (value >= 10_000) return `${(value / 1000).toFixed(1)} s`
  return `${value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)} ms`
}
