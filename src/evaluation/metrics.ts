/** The judgements of one query: relevance by document; 0 and less is not relevant. */
export type Judgements = ReadonlyMap<string, number>

/** A document that was found. */
export interface RunEntry {
  readonly documentId: string
  readonly score: number
}

/** Of one query, 0 to 1. */
export interface QueryMetrics {
  readonly 'nDCG@10': number
  readonly 'Recall@100': number
  readonly 'MRR@10': number
  readonly MAP: number
}

export type MetricName = keyof QueryMetrics
export const metricNames: readonly MetricName[] = ['nDCG@10', 'Recall@100', 'MRR@10', 'MAP']

/** As `trec_eval` looks at a ranking: at most so many documents a query. */
export const maxDepth = 1000

/**
 * The measures as `trec_eval` computes them (`ndcg_cut_10`, `recall_100`, `recip_rank` of the first ten, `map`): gains are the grades as
 * they are, discounted by log2 of rank + 1; grades below 0 count as 0. What was not judged is not relevant.
 */
export function metricsOf(entries: readonly RunEntry[], judgements: Judgements): QueryMetrics {
  const ranking = inTrecOrder(entries)
  const gains = ranking.map((documentId) => Math.max(0, judgements.get(documentId) ?? 0))
  const relevant = [...judgements.values()].filter((grade) => grade > 0)
  const ideal = discounted(relevant.toSorted((a, b) => b - a))
  const firstAt = gains.slice(0, 10).findIndex((gain) => gain > 0)
  const share = (amount: number) => (relevant.length === 0 ? 0 : amount / relevant.length)
  return {
    'nDCG@10': ideal === 0 ? 0 : discounted(gains) / ideal,
    'Recall@100': share(gains.slice(0, 100).filter((gain) => gain > 0).length),
    'MRR@10': firstAt < 0 ? 0 : 1 / (firstAt + 1),
    MAP: share(precisions(gains)),
  }
}

/** `trec_eval` sorts by score, of equal ones the greater document id first (byte by byte); ranks of the run do not count. */
export function inTrecOrder(entries: readonly RunEntry[]): string[] {
  // It reads scores as 32-bit numbers, so two that differ by less are equal.
  const scored = entries.map(({ documentId, score }) => ({ documentId, score: Math.fround(score) }))
  return scored
    .toSorted((a, b) => b.score - a.score || Buffer.compare(Buffer.from(b.documentId), Buffer.from(a.documentId)))
    .slice(0, maxDepth)
    .map(({ documentId }) => documentId)
}

function discounted(gains: readonly number[]): number {
  return gains.slice(0, 10).reduce((sum, gain, index) => sum + gain / Math.log2(index + 2), 0)
}

/** Sum of the precisions at each relevant document. */
function precisions(gains: readonly number[]): number {
  let found = 0
  return gains.reduce((sum, gain, index) => (gain > 0 ? sum + ++found / (index + 1) : sum), 0)
}
