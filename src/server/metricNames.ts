/**
 * Every name of `/metrics`. Where OpenTelemetry's conventions for generative AI have one it is theirs, as Prometheus writes it; they
 * still change, so they stand here alone.
 */
export const metricNames = {
  /** Histogram, by `gen_ai_token_type` and `gen_ai_request_model`; only of what was reported or counted, never of an estimate. */
  tokens: 'gen_ai_client_token_usage',
  /** Histogram, from the request to the end of its run, by `error_type`. */
  duration: 'gen_ai_client_operation_duration_seconds',
  /** Histogram, from the request to its first text. */
  firstChunk: 'gen_ai_client_operation_time_to_first_chunk_seconds',
  runs: 'riffle_runs_total',
  running: 'riffle_runs_running',
  queued: 'riffle_runs_queued',
  viewers: 'riffle_viewers',
  cutViewers: 'riffle_viewers_cut_total',
  requests: 'riffle_http_requests_total',
  budgetTokens: 'riffle_budget_tokens',
  budgetCost: 'riffle_budget_cost_dollars',
} as const

export const labels = { operation: 'gen_ai_operation_name', tokenType: 'gen_ai_token_type', model: 'gen_ai_request_model', error: 'error_type' } as const

/** As the conventions advise. */
export const secondBuckets: readonly number[] = Array.from({ length: 14 }, (_, index) => 0.01 * 2 ** index)
export const tokenBuckets: readonly number[] = Array.from({ length: 14 }, (_, index) => 4 ** index)
