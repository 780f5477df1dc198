import { escapedLength, writeEscaped } from './jsonEscape.ts'

/** Of a piece as it begins; larger ones are let go. */
const usualBytes = 49_152
const maxSpare = 64

/** Bytes that are put together to be sent at once, in memory that is used again, so that what is sent leaves nothing to collect. */
export class Piece {
  #memory: Buffer = Buffer.allocUnsafeSlow(usualBytes)
  readonly #spare: Buffer[] = []
  length = 0

  /** Good until the next call, unless the memory is left. */
  get bytes(): Buffer {
    return this.#memory.subarray(0, this.length)
  }

  text(text: string): void {
    if (text.length * 3 > this.#memory.length - this.length) this.#makeRoom(Buffer.byteLength(text))
    this.length += this.#memory.write(text, this.length)
  }

  /** As it is written within a JSON string. */
  escaped(utf8: Uint8Array): void {
    const length = escapedLength(utf8)
    this.#makeRoom(length)
    if (length === utf8.length) this.#memory.set(utf8, this.length)
    else writeEscaped(utf8, this.#memory, this.length)
    this.length += length
  }

  clear(): void {
    if (this.#memory.length > usualBytes) this.leave()
    this.length = 0
  }

  /** The memory, for who was given the bytes and still reads them; the next piece is put together in another. */
  leave(): Buffer {
    const left = this.#memory
    this.#memory = this.#spare.pop() ?? Buffer.allocUnsafeSlow(usualBytes)
    this.length = 0
    return left
  }

  /** Of memory that was left and that nobody reads any more. */
  takeBack(memory: Buffer): void {
    if (memory.length === usualBytes && this.#spare.length < maxSpare) this.#spare.push(memory)
  }

  #makeRoom(length: number): void {
    if (this.length + length <= this.#memory.length) return
    const memory = Buffer.allocUnsafeSlow(Math.max(this.length + length, 2 * this.#memory.length))
    this.#memory.copy(memory, 0, 0, this.length)
    this.#memory = memory
  }
}
