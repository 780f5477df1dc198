import type { Embedding } from '../types/document.ts'
import { checkEmbedding } from './checkEmbedding.ts'

/** Embeddings of one length in one block of memory, searched exactly by cosine. */
export interface VectorMatrix {
  readonly size: number
  /** Fails with `ContractError` when not all of them can be added. */
  check(embeddings: readonly Embedding[]): void
  add(passage: number, embedding: Embedding): void
  remove(passage: number): void
  /** The `topK` nearest of those accepted, best first, ties by number. */
  search(query: Embedding, topK: number, accepts?: (passage: number) => boolean): { passage: number; score: number }[]
}

/** Rows are scaled to length 1 as they come, so that a dot product is the cosine. */
export function createVectorMatrix(): VectorMatrix {
  const rowOf = new Map<number, number>()
  const passages: number[] = []
  let dimensions = 0
  let rows = new Float32Array(0)

  const check = (embeddings: readonly Embedding[]) => {
    const expected = dimensions > 0 ? dimensions : (embeddings[0]?.length ?? 0)
    for (const embedding of embeddings) checkEmbedding(embedding, expected)
  }

  return {
    get size() {
      return passages.length
    },
    check,
    add(passage, embedding) {
      check([embedding])
      dimensions = embedding.length
      const row = rowOf.get(passage) ?? passages.length
      if ((row + 1) * dimensions > rows.length) {
        const larger = new Float32Array(Math.max(64, row * 2) * dimensions)
        larger.set(rows)
        rows = larger
      }
      rows.set(unit(embedding), row * dimensions)
      rowOf.set(passage, row)
      passages[row] = passage
    },
    remove(passage) {
      const row = rowOf.get(passage)
      if (row === undefined) return
      const last = passages.length - 1
      rows.copyWithin(row * dimensions, last * dimensions, (last + 1) * dimensions)
      passages[row] = passages[last]!
      rowOf.set(passages[row], row)
      passages.length = last
      rowOf.delete(passage)
    },
    search(query, topK, accepts) {
      if (passages.length === 0) return []
      check([query])
      const target = unit(query)
      const scored = passages.map((passage, row) => ({ passage, score: dot(rows, row * dimensions, target) }))
      return scored.filter(({ passage }) => accepts === undefined || accepts(passage)).toSorted((a, b) => b.score - a.score || a.passage - b.passage).slice(0, topK)
    },
  }
}

/** Four sums at once: one chain of additions would wait for itself. */
function dot(rows: Float32Array, offset: number, query: Float32Array): number {
  let a = 0
  let b = 0
  let c = 0
  let d = 0
  let index = 0
  for (; index + 3 < query.length; index += 4) {
    a += rows[offset + index]! * query[index]!
    b += rows[offset + index + 1]! * query[index + 1]!
    c += rows[offset + index + 2]! * query[index + 2]!
    d += rows[offset + index + 3]! * query[index + 3]!
  }
  for (; index < query.length; index++) a += rows[offset + index]! * query[index]!
  return a + b + c + d
}

function unit(embedding: Embedding): Float32Array {
  let sum = 0
  for (const value of embedding) sum += value * value
  const length = Math.sqrt(sum)
  return length === 0 ? embedding : embedding.map((value) => value / length)
}
