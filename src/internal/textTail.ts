/** Pieces that wait to be joined: fewer cost more time, more cost more memory. */
const maxPieces = 16

/**
 * The end of a text that arrives in pieces: keeps the last `length` characters, and little more. Adding pieces with `+` instead
 * would keep every one of them, in a tree of 32 bytes for each, until the whole is cut: with a thousand streams that is most of
 * what they hold. A class, as there are three for each stream: methods are shared, functions in a closure are not.
 */
export class TextTail {
  readonly #length: number
  readonly #pieces: string[] = []

  constructor(length: number) {
    this.#length = length
  }

  add(piece: string): void {
    this.#pieces.push(piece)
    if (this.#pieces.length === maxPieces) this.view()
  }

  /** The last `length` characters; all of a shorter text. */
  view(): string {
    const tail = this.#pieces.join('').slice(-this.#length)
    this.#pieces.length = 1
    this.#pieces[0] = tail
    return tail
  }

  clear(): void {
    this.#pieces.length = 0
  }
}
