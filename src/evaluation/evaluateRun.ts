import { type Judgements, type MetricName, type QueryMetrics, type RunEntry, metricNames, metricsOf } from './metrics.ts'

/** By query. */
export type Qrels = ReadonlyMap<string, Judgements>
export type Run = ReadonlyMap<string, readonly RunEntry[]>

export interface Evaluation {
  /** Queries with a relevant document, in the order of the judgements: those that count. */
  readonly queries: ReadonlyMap<string, QueryMetrics>
  readonly means: QueryMetrics
  /** Of those, queries for which the run has nothing: they count as 0. */
  readonly missing: number
  /** Queries of the run without any relevant document: they do not count. */
  readonly unjudged: number
}

/** Measures a run over all queries that have a relevant document, also those for which it found nothing (`trec_eval -c`). */
export function evaluateRun(run: Run, qrels: Qrels): Evaluation {
  const judged = [...qrels].filter(([, judgements]) => [...judgements.values()].some((grade) => grade > 0))
  const queries = new Map(judged.map(([id, judgements]) => [id, metricsOf(run.get(id) ?? [], judgements)]))
  const meanOf = (name: MetricName) => (queries.size === 0 ? 0 : [...queries.values()].reduce((sum, metrics) => sum + metrics[name], 0) / queries.size)
  return {
    queries,
    means: Object.fromEntries(metricNames.map((name) => [name, meanOf(name)])) as Record<MetricName, number>,
    missing: judged.filter(([id]) => (run.get(id) ?? []).length === 0).length,
    unjudged: [...run.keys()].filter((id) => !queries.has(id)).length,
  }
}
