/** Pieces that wait to be joined: fewer cost more time, more cost more memory. */
const maxPieces = 16

/** A text that grows by pieces. Most are short, and would take several times their length if each were kept until the end. */
export class GrowingText {
  #joined = ''
  readonly #pieces: string[] = []

  add(piece: string): void {
    this.#pieces.push(piece)
    if (this.#pieces.length === maxPieces) this.view()
  }

  view(): string {
    if (this.#pieces.length > 0) this.#joined += this.#pieces.join('')
    this.#pieces.length = 0
    return this.#joined
  }

  clear(): void {
    this.#joined = ''
    this.#pieces.length = 0
  }
}
