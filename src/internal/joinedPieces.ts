/** Pieces that wait to be joined: fewer cost more time, more cost more memory. */
const maxPieces = 16

/** A longer one is not kept for others. */
const maxShared = 1024

/**
 * A text that arrives in pieces, most of them short: each would take several times its length if it were kept, or added to the text
 * with `+`, which keeps it in a tree of 32 bytes for each. The pieces wait in an array that stays, and are kept as one block.
 *
 * What follows an answer gets the same pieces one after the other: the block that one has joined is the next one's too.
 */
export abstract class JoinedPieces {
  readonly #waiting: string[] = []
  #count = 0

  add(piece: string): void {
    this.#waiting[this.#count++] = piece
    if (this.#count === maxPieces) this.join()
  }

  protected join(): void {
    if (this.#count === 0) return
    const block = joined(this.#count === this.#waiting.length ? this.#waiting : this.#waiting.slice(0, this.#count))
    this.drop()
    this.keep(block)
  }

  protected drop(): void {
    this.#waiting.fill('')
    this.#count = 0
  }

  protected abstract keep(block: string): void
}

let last = ''

function joined(pieces: readonly string[]): string {
  if (isMadeOf(last, pieces)) return last
  const block = pieces.join('')
  // Of a single piece it may be the piece itself, which may hold on to a longer text that it was cut from.
  if (pieces.length > 1 && block.length <= maxShared) last = block
  return block
}

function isMadeOf(block: string, pieces: readonly string[]): boolean {
  let at = 0
  for (const piece of pieces) {
    if (!block.startsWith(piece, at)) return false
    at += piece.length
  }
  return at === block.length
}
