/** Where a term stands: pairs of place and count, `size` numbers of them filled, in order of place. */
export interface Postings {
  readonly pairs: Uint32Array
  readonly size: number
  /** Passages that hold the term. */
  readonly passages: number
}

/** What weights depend on beside the term. */
export interface Collection {
  /** Terms of the passage at each place. */
  readonly lengths: ArrayLike<number>
  readonly passages: number
  readonly totalLength: number
}

export interface Bm25Options {
  /** Saturation: how much a term that stands there often counts more than one that stands there once. From 0; default 1.2. */
  readonly k1?: number
  /** How much long passages are held back: 0 not at all, 1 wholly. Default 0.75. */
  readonly b?: number
}

/** What the weight of a term depends on, the same for every passage. */
export interface TermWeights {
  /** Of a term that so many passages hold, times k1 + 1. */
  weightOf(holders: number): number
  /** A term that stands `count` times in a passage of `length` terms weighs weight × count / (count + base + slope × length). */
  readonly base: number
  readonly slope: number
}

/**
 * Weight of a term in a passage: idf × tf (k1 + 1) / (tf + k1 (1 − b + b × length / average length)),
 * idf = ln(1 + (N − n + 0.5) / (n + 0.5)): Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009,
 * with the 1 inside the logarithm that keeps it positive for terms which most passages have.
 */
export function termWeights({ passages, totalLength }: Pick<Collection, 'passages' | 'totalLength'>, options: Bm25Options = {}): TermWeights {
  const { k1 = 1.2, b = 0.75 } = options
  const averageLength = totalLength / Math.max(1, passages)
  return {
    weightOf: (holders) => Math.log(1 + (passages - holders + 0.5) / (holders + 0.5)) * (k1 + 1),
    base: k1 * (1 - b),
    slope: averageLength === 0 ? 0 : (k1 * b) / averageLength,
  }
}

/** Gives zeros: the same array filled again while it is long enough, so it holds until the next call. The system's pages for a new one cost more than the question. */
export function createZeros(): (length: number) => Float64Array {
  let zeros = new Float64Array(0)
  return (length) => {
    if (zeros.length < length) zeros = new Float64Array(Math.ceil(length * 1.25))
    return zeros.subarray(0, length).fill(0)
  }
}

/** Adds the weights of terms to the scores, one for every place, which are 0 for one that holds none. */
export function weighTerms(scores: Float64Array, terms: readonly Postings[], collection: Collection, options: Bm25Options = {}): Float64Array {
  const { lengths } = collection
  const { weightOf, base, slope } = termWeights(collection, options)
  for (const { pairs, size, passages: holders } of terms) {
    const weight = weightOf(holders)
    for (let index = 0; index < size; index += 2) {
      const place = pairs[index]!
      const count = pairs[index + 1]!
      scores[place]! += (weight * count) / (count + base + slope * lengths[place]!)
    }
  }
  return scores
}
