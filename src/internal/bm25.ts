/**
 * BM25 over an index held in memory.
 *
 * Weight of a term in a passage: idf × tf (k1 + 1) / (tf + k1 (1 − b + b × length / average length)),
 * idf = ln(1 + (N − n + 0.5) / (n + 0.5)): Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009,
 * with the 1 inside the logarithm that keeps it positive for terms which most passages have.
 */
export interface Bm25 {
  /** Adds the terms of a passage under a number of the caller's; numbers are used once. */
  add(passage: number, terms: readonly string[]): void
  remove(passage: number): void
  /** Scores of all passages that hold one of the terms. */
  score(terms: readonly string[]): Map<number, number>
}

/** Term frequency saturation and length normalisation. */
const k1 = 1.2
const b = 0.75

export function createBm25(): Bm25 {
  const postings = new Map<string, Map<number, number>>()
  const passages = new Map<number, readonly string[]>()
  let totalLength = 0

  return {
    add(passage, terms) {
      passages.set(passage, terms)
      totalLength += terms.length
      for (const term of terms) {
        const counts = postings.get(term) ?? new Map<number, number>()
        if (counts.size === 0) postings.set(term, counts)
        counts.set(passage, (counts.get(passage) ?? 0) + 1)
      }
    },
    remove(passage) {
      const terms = passages.get(passage) ?? []
      passages.delete(passage)
      totalLength -= terms.length
      for (const term of new Set(terms)) {
        const counts = postings.get(term)
        counts?.delete(passage)
        if (counts?.size === 0) postings.delete(term)
      }
    },
    score(terms) {
      const scores = new Map<number, number>()
      const averageLength = totalLength / Math.max(1, passages.size)
      for (const term of new Set(terms)) {
        const counts = postings.get(term)
        if (counts === undefined) continue
        const idf = Math.log(1 + (passages.size - counts.size + 0.5) / (counts.size + 0.5))
        for (const [passage, count] of counts) {
          const length = passages.get(passage)?.length ?? 0
          const weight = (idf * count * (k1 + 1)) / (count + k1 * (1 - b + (b * length) / averageLength))
          scores.set(passage, (scores.get(passage) ?? 0) + weight)
        }
      }
      return scores
    },
  }
}
