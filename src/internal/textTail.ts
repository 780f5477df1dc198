import { JoinedPieces } from './joinedPieces.ts'

/** The end of a text that arrives in pieces: keeps the last `length` characters, and little more. */
export class TextTail extends JoinedPieces {
  readonly #length: number
  readonly #blocks: string[] = []
  #kept = 0

  constructor(length: number) {
    super()
    this.#length = length
  }

  /** The last `length` characters; all of a shorter text. */
  view(): string {
    this.join()
    return this.#blocks.join('').slice(-this.#length)
  }

  clear(): void {
    this.drop()
    this.#blocks.length = 0
    this.#kept = 0
  }

  protected override keep(block: string): void {
    this.#blocks.push(block)
    this.#kept += block.length
    while (this.#kept - this.#blocks[0]!.length >= this.#length) this.#kept -= this.#blocks.shift()!.length
  }
}
