/**
 * Reciprocal rank fusion: the score of an item is the sum over the lists of weight / (60 + rank), rank from 1
 * (Cormack, Clarke, Buettcher, "Reciprocal Rank Fusion outperforms Condorcet", 2009). Best first, ties by `tied`, default by key.
 * A list without a weight has 1; one of weight 0 does not count. Only the best `count` are given, default all.
 */
export function fuseRanks<T>(
  lists: readonly (readonly T[])[],
  keyOf: (item: T) => string | number,
  weights: readonly number[] = [],
  tied: (a: T, b: T) => number = (a, b) => (keyOf(a) < keyOf(b) ? -1 : 1),
  count = Infinity,
): { item: T; score: number }[] {
  const fused = new Map<string | number, { item: T; score: number }>()
  for (const [place, list] of lists.entries()) {
    const weight = weights[place] ?? 1
    if (weight === 0) continue
    for (const [index, item] of list.entries()) {
      const key = keyOf(item)
      const entry = fused.get(key) ?? { item, score: 0 }
      entry.score += weight / (60 + index + 1)
      fused.set(key, entry)
    }
  }
  const sorted = [...fused.values()].toSorted((a, b) => b.score - a.score)
  // Two lists are full of ties, and to tell which comes first may cost: that is asked of those alone that may be given.
  const least = sorted[count - 1]?.score ?? Number.NEGATIVE_INFINITY
  const wanted = sorted.filter(({ score }) => score >= least)
  return wanted.toSorted((a, b) => b.score - a.score || tied(a.item, b.item)).slice(0, count)
}
