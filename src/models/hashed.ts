import { defer, of } from 'rxjs'
import { analyze } from '../internal/analyze.ts'
import { requirePositiveInteger } from '../internal/requirePositiveInteger.ts'
import type { Embedding } from '../types/document.ts'
import type { Embedder } from '../types/ports.ts'

export interface HashedOptions {
  /** Length of an embedding. Default 384. */
  readonly dimensions?: number
}

/** What letters count beside words: enough to bring spellings together, too little to bring subjects together. */
const gramWeight = 0.25
const gramLength = 3
const lanes = 2

/**
 * A small offline embedder: no model, no network, the same numbers on every machine.
 *
 * Search terms and runs of three letters are hashed to places and signs of the embedding ("feature hashing", Weinberger
 * et al. 2009), repeated ones counting 1 + ln(n); the sum is scaled to length 1. So texts are near when they share words
 * or parts of words; it knows no meanings. A text without any letter or digit has the zero embedding, whose similarity
 * with everything is 0.
 *
 * - Order: an embedding for each text, in order. Memory: the result. Drop: nothing to end; each request is one turn.
 *
 * @throws InvalidOptionError at the call, when `dimensions` is not a positive integer.
 */
export function hashed(options: HashedOptions = {}): Embedder {
  const { dimensions = 384 } = options
  requirePositiveInteger('dimensions', dimensions)
  return {
    id: `hashed-${dimensions}`,
    dimensions,
    maxBatchSize: 64,
    embed: (texts) => defer(() => of(texts.map((text) => embedText(text, dimensions)))),
  }
}

function embedText(text: string, dimensions: number): Embedding {
  const counts = new Map<string, number>()
  for (const term of analyze(text)) counts.set(term, (counts.get(term) ?? 0) + 1)
  const sums = new Float64Array(dimensions)
  const grams = new Map<string, number>()
  for (const [term, count] of counts) {
    addFeature(sums, `w:${term}`, 1 + Math.log(count))
    const framed = `^${term}$`
    for (let start = 0; start + gramLength <= framed.length; start++) {
      const gram = framed.slice(start, start + gramLength)
      grams.set(gram, (grams.get(gram) ?? 0) + count)
    }
  }
  for (const [gram, count] of grams) addFeature(sums, `g:${gram}`, gramWeight * (1 + Math.log(count)))
  return unit(sums)
}

/** Each feature in several places: two that share one place seldom share the other. */
function addFeature(sums: Float64Array, feature: string, weight: number): void {
  for (let lane = 0; lane < lanes; lane++) {
    const hash = hashOf(feature, lane)
    const place = hash % sums.length
    sums[place] = (sums[place] ?? 0) + ((hash >>> 31) * 2 - 1) * weight
  }
}

/** FNV-1a over UTF-16 units, mixed at the end as MurmurHash3 does, so that place and sign are independent. */
function hashOf(text: string, seed: number): number {
  let hash = 0x811c9dc5 ^ Math.imul(seed, 0x9e3779b1)
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** Cosine of nothing with anything is 0: the zero embedding stays zero. */
function unit(sums: Float64Array): Embedding {
  const length = Math.sqrt(sums.reduce((total, value) => total + value * value, 0))
  return Float32Array.from(sums, (value) => (length === 0 ? 0 : value / length))
}
