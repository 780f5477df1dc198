/** Times of one request, in milliseconds. `docs/bench.md` has their formulas. */
export const timeMetrics = [
  'waitMs', 'scheduledWaitMs', 'queueMs', 'condenseMs', 'embedMs', 'retrieveMs', 'rerankMs', 'promptMs', 'connectMs', 'ttfbMs', 'ttftMs',
  'scheduledTtftMs', 'ttfoMs', 'gapMs', 'maxGapMs', 'itlMs', 'tpotMs', 'streamMs', 'latencyMs',
] as const
export type TimeMetric = (typeof timeMetrics)[number]

/** One line that says what a metric is: for tables and reports. */
export const metricLabels: Readonly<Record<TimeMetric, string>> = {
  waitMs: 'question to first visible text',
  scheduledWaitMs: 'schedule to first visible text',
  queueMs: 'schedule to question: waiting for a place, or the client was late',
  condenseMs: 'follow-up made whole',
  embedMs: 'question embedded',
  retrieveMs: 'passages found',
  rerankMs: 'passages ranked again',
  promptMs: 'prompt built',
  connectMs: 'to a connection and the request sent',
  ttfbMs: 'sent to first byte of the body',
  ttftMs: 'sent to first text of any kind (TTFT)',
  scheduledTtftMs: 'schedule to first text of any kind',
  ttfoMs: 'sent to first visible text (TTFO)',
  gapMs: 'mean gap between chunks of one answer',
  maxGapMs: 'longest gap in one answer',
  itlMs: 'between tokens (ITL), mean of one answer',
  tpotMs: 'per output token after the first chunk (TPOT)',
  streamMs: 'first visible text to the end',
  latencyMs: 'question to the end',
}

/** The stages of a wait, in order: those that a request passed add up to its `waitMs`. With `streamMs` to its `latencyMs`. */
export const stageMetrics = ['condenseMs', 'embedMs', 'retrieveMs', 'rerankMs', 'promptMs', 'connectMs', 'ttfoMs'] as const satisfies readonly TimeMetric[]
