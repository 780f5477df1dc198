/** The judgements of one query: relevance by document; 0 and less is not relevant. */
export type Judgements = ReadonlyMap<string, number>

/** nDCG at 10 as trec_eval computes it: linear gains, discount by log2 of rank + 1. */
export function ndcgAt10(ranking: readonly string[], judgements: Judgements): number {
  const ideal = discounted([...judgements.values()].toSorted((a, b) => b - a))
  return ideal === 0 ? 0 : discounted(ranking.map((id) => judgements.get(id) ?? 0)) / ideal
}

/** Average precision over the whole ranking. */
export function averagePrecision(ranking: readonly string[], judgements: Judgements): number {
  const relevant = [...judgements.values()].filter((gain) => gain > 0).length
  let found = 0
  let sum = 0
  for (const [index, id] of ranking.entries()) {
    if ((judgements.get(id) ?? 0) <= 0) continue
    found++
    sum += found / (index + 1)
  }
  return relevant === 0 ? 0 : sum / relevant
}

function discounted(gains: readonly number[]): number {
  return gains.slice(0, 10).reduce((sum, gain, index) => sum + Math.max(0, gain) / Math.log2(index + 2), 0)
}
