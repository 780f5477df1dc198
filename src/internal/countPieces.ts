import type { RunningCount } from '../types/ports.ts'
import type { PieceEnd } from './preTokens.ts'

/** A tokenizer's two halves: where pieces end, and what each counts. The count of a text is the sum over its pieces. */
export interface Counting {
  readonly pieceEnd: PieceEnd
  readonly countPiece: (text: string, start: number, end: number) => number
}

export function countPieces(text: string, { pieceEnd, countPiece }: Counting): number {
  let count = 0
  for (let start = 0; start < text.length; ) {
    const end = pieceEnd(text, start)
    count += countPiece(text, start, end)
    start = end
  }
  return count
}

/**
 * The count of a growing text. It keeps the last pieces as text, since what follows may change where they end:
 * a contraction joins the word before it, line breaks join blanks, half a character becomes a letter and joins two pieces.
 * No more than three pieces change, and each is bounded, so time is linear and memory constant.
 */
export function createRunningCount({ pieceEnd, countPiece }: Counting): RunningCount {
  let tail = ''
  let countBefore = 0

  return {
    add(text) {
      tail += text
      let count = countBefore
      /** Starts of the last three pieces and the counts before them, the latest first. */
      let [start1, start2, start3] = [0, 0, 0]
      let [count1, count2, count3] = [count, count, count]
      for (let start = 0; start < tail.length; ) {
        ;[start3, start2, start1] = [start2, start1, start]
        ;[count3, count2, count1] = [count2, count1, count]
        const end = pieceEnd(tail, start)
        count += countPiece(tail, start, end)
        start = end
      }
      tail = tail.slice(start3)
      countBefore = count3
      return count
    },
  }
}
