import { JoinedPieces } from './joinedPieces.ts'

/** A text that grows by pieces, whole. */
export class GrowingText extends JoinedPieces {
  #text = ''

  view(): string {
    this.join()
    return this.#text
  }

  clear(): void {
    this.drop()
    this.#text = ''
  }

  protected override keep(block: string): void {
    this.#text += block
  }
}
