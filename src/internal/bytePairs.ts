import type { TokenTable } from './tokenTable.ts'

/** Positions take the low bits of a heap's entry, so the entries order by rank, then by position. */
const positionBits = 13
const maxBytes = 1 << positionBits
const encoder = new TextEncoder()
const unknown = -2
/**
 * Counts the tokens of one piece by byte pair encoding: as long as two neighbours make a token together, those of the lowest
 * rank are merged, the leftmost first. A heap instead of a search for the lowest keeps it near linear for long pieces.
 */
export function createBytePairCounter(table: TokenTable): (piece: string) => number {
  const bytes = new Uint8Array(maxBytes)
  /** Of the part that begins at a position: where the next one begins, where the one before does, the rank of it and the next together. */
  const next = new Uint16Array(maxBytes + 1)
  const before = new Uint16Array(maxBytes + 1)
  const pairRanks = new Int32Array(maxBytes + 1)
  const heap = createHeap(maxBytes * 3)

  const twoBytes = new Int32Array(0x10000).fill(unknown)

  const rankOfTwo = (at: number) => {
    const key = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
    const known = twoBytes[key] ?? unknown
    return known === unknown ? (twoBytes[key] = rank(at, at + 2)) : known
  }
  const rank = (start: number, end: number) => table.rank(bytes, start, end)
  const setPair = (at: number, found: number) => {
    pairRanks[at] = found
    if (found >= 0) heap.push((found << positionBits) | at)
  }

  return (piece) => {
    const { read, written: length } = encoder.encodeInto(piece, bytes)
    if (read < piece.length) throw new RangeError(`A piece of ${piece.length} characters is longer than any pattern gives`)
    if (length < 2 || rank(0, length) >= 0) return Math.min(1, length)
    let parts = length
    for (let at = 0; at < length; at++) {
      next[at] = at + 1
      before[at + 1] = at
      setPair(at, at + 1 < length ? rankOfTwo(at) : -1)
    }
    for (let entry = heap.pop(); entry >= 0; entry = heap.pop()) {
      const at = entry & (maxBytes - 1)
      // One of the two has been merged with another since.
      if (pairRanks[at] !== entry >> positionBits) continue
      const second = next[at] ?? 0
      const third = next[second] ?? 0
      pairRanks[second] = -1
      next[at] = third
      before[third] = at
      parts--
      setPair(at, third < length ? rank(at, next[third] ?? 0) : -1)
      if (at > 0) setPair(before[at] ?? 0, rank(before[at] ?? 0, third))
    }
    return parts
  }
}

/** Gives back the smallest number first, -1 when empty. Numbers are not negative. */
function createHeap(capacity: number): { readonly push: (value: number) => void; readonly pop: () => number } {
  const values = new Int32Array(capacity)
  let size = 0

  return {
    push(value) {
      let at = size++
      while (at > 0) {
        const parent = (at - 1) >> 1
        const above = values[parent] ?? 0
        if (above <= value) break
        values[at] = above
        at = parent
      }
      values[at] = value
    },
    pop() {
      if (size === 0) return -1
      const smallest = values[0] ?? -1
      const value = values[--size] ?? 0
      let at = 0
      for (let child = 1; child < size; child = 2 * at + 1) {
        const right = child + 1
        if (right < size && (values[right] ?? 0) < (values[child] ?? 0)) child = right
        const below = values[child] ?? 0
        if (below >= value) break
        values[at] = below
        at = child
      }
      values[at] = value
      return smallest
    },
  }
}
