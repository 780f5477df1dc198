import type { Embedding } from '../../types/document.ts'
import { checkEmbedding } from '../checkEmbedding.ts'
import { type BoundedRows, createByteRows, createFloatRows } from './boundedRows.ts'
import { type Candidates, createCandidates } from './candidates.ts'
import type { FloatRows } from './rows.ts'

/** Embeddings of one length, searched exactly by cosine. */
export interface VectorMatrix {
  readonly size: number
  /** Fails with `ContractError` when not all of them can be added. */
  check(embeddings: readonly Embedding[]): void
  add(passage: number, embedding: Embedding): void
  remove(passage: number): void
  /** As it was added. */
  get(passage: number): Embedding | undefined
  /** The `topK` nearest of those accepted, best first. `tied` orders passages of one score; default: by number. */
  search(query: Embedding, topK: number, accepts?: (passage: number) => boolean, tied?: (a: number, b: number) => number): { passage: number; score: number }[]
}

export interface VectorOptions {
  /**
   * Bytes of embeddings above which copies of 8 bits a number are searched first, which take a quarter of that memory more and find the same.
   * Default 16 MiB; `Infinity`: never.
   */
  readonly int8AboveBytes?: number
}

/**
 * A first pass over all rows gives bounds for their scores, by 32-bit floats or, of many rows, by bytes, which are a quarter to read. What bounds do not exclude
 * is scored in 64-bit floats, one order of additions for all: so the result is exact, and the same, whatever went first.
 *
 * @param simd `false`: plain JavaScript, as where WebAssembly has no SIMD.
 */
export function createVectorMatrix({ int8AboveBytes = 16 * 2 ** 20 }: VectorOptions = {}, simd = true): VectorMatrix {
  const rowOf = new Map<number, number>()
  const passages: number[] = []
  const lengths: number[] = []
  let dimensions = 0
  let floats: BoundedRows<FloatRows> | undefined
  let bytes: BoundedRows | undefined
  /** Rows below it are in `bytes` too. */
  let rounded = 0

  const check = (embeddings: readonly Embedding[]) => {
    const expected = dimensions > 0 ? dimensions : (embeddings[0]?.length ?? 0)
    for (const embedding of embeddings) checkEmbedding(embedding, expected)
  }
  const embeddingAt = (row: number) => floats!.rows.at(row) as Float32Array
  const write = (row: number, passage: number, embedding: Embedding, length: number) => {
    floats!.set(row, embedding, length)
    if (row < rounded) bytes?.set(row, embedding, length)
    passages[row] = passage
    lengths[row] = length
    rowOf.set(passage, row)
  }
  /** A part of them with each search: nobody waits for all, and a process that asks once does little of it. */
  const roundMore = () => {
    if (!floats!.rows.simd || passages.length * dimensions * 4 <= int8AboveBytes) return
    bytes ??= createByteRows(dimensions, simd)
    const end = Math.min(passages.length, rounded + bytes.rows.rowsPerPart)
    for (; rounded < end; rounded++) bytes.set(rounded, embeddingAt(rounded), lengths[rounded]!)
  }
  /** Rows that hold all of the best, and few others. */
  const candidatesFor = (unit: Float64Array, topK: number, accepts: (row: number) => boolean): Candidates => {
    const candidates = createCandidates(topK, accepts)
    floats!.ask(unit)(rounded, passages.length, candidates)
    bytes?.ask(unit)(0, rounded, candidates)
    return candidates
  }

  return {
    get size() {
      return passages.length
    },
    check,
    add(passage, embedding) {
      check([embedding])
      dimensions = embedding.length
      floats ??= createFloatRows(dimensions, simd)
      write(rowOf.get(passage) ?? passages.length, passage, embedding, lengthOf(embedding))
    },
    remove(passage) {
      const row = rowOf.get(passage)
      if (row === undefined) return
      rowOf.delete(passage)
      const last = passages.length - 1
      if (row !== last) write(row, passages[last]!, embeddingAt(last), lengths[last]!)
      passages.length = last
      lengths.length = last
      rounded = Math.min(rounded, last)
    },
    get(passage) {
      const row = rowOf.get(passage)
      return row === undefined ? undefined : embeddingAt(row).slice()
    },
    search(query, topK, accepts, tied = (a, b) => a - b) {
      if (passages.length === 0) return []
      check([query])
      roundMore()
      const unit = unitOf(query)
      const accepted = (row: number) => accepts?.(passages[row]!) ?? true
      const best = createCandidates(topK, () => true)
      // The likely ones come first, and exclude most of the others.
      candidatesFor(unit, topK, accepted).each((row, most) => {
        if (!(most < best.threshold)) best.add(row, lengths[row] === 0 ? 0 : floats!.rows.exactly(unit, row) / lengths[row]!, 0)
      })
      const scored: { passage: number; score: number }[] = []
      best.each((row, score) => scored.push({ passage: passages[row]!, score }))
      return scored
        .toSorted((a, b) => b.score - a.score || tied(a.passage, b.passage))
        .slice(0, topK)
    },
  }
}

function lengthOf(embedding: Embedding): number {
  let sum = 0
  for (let index = 0; index < embedding.length; index++) sum += embedding[index]! * embedding[index]!
  return Math.sqrt(sum)
}

function unitOf(embedding: Embedding): Float64Array {
  const length = lengthOf(embedding)
  const unit = new Float64Array(embedding)
  for (let index = 0; index < unit.length; index++) unit[index] = length === 0 ? 0 : unit[index]! / length
  return unit
}
