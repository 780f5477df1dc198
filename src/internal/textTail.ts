/** The end of a text that arrives in pieces. */
export interface TextTail {
  add(piece: string): void
  /** The last `length` characters; all of a shorter text. */
  view(): string
}

/** Pieces that wait to be joined: fewer cost more time, more cost more memory. */
const maxPieces = 32

/**
 * Keeps the last `length` characters, and little more. Adding pieces with `+` instead would keep every one of them, in a tree of
 * 32 bytes for each, until the whole is cut: with a thousand streams that is most of what they hold.
 */
export function createTextTail(length: number): TextTail {
  let pieces: string[] = []
  const join = () => {
    const tail = pieces.join('').slice(-length)
    pieces = [tail]
    return tail
  }
  return {
    add(piece) {
      pieces.push(piece)
      if (pieces.length === maxPieces) join()
    },
    view: join,
  }
}
