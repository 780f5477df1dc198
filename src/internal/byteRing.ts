/** Where a text is encoded that goes over the end. */
const scratch = Buffer.allocUnsafeSlow(65_536)

/** Texts one behind the other as UTF-8 in one piece of memory that is used again: what is taken out leaves nothing to collect. */
export class ByteRing {
  #memory = Buffer.alloc(0)
  /** Where the oldest byte is. */
  #begin = 0
  used = 0

  get capacity(): number {
    return this.#memory.length
  }

  /** @param capacity At least what is used. */
  resize(capacity: number): void {
    // Not from a pool: a small piece would hold a large one.
    const memory = Buffer.allocUnsafeSlow(capacity)
    const atEnd = this.#memory.copy(memory, 0, this.#begin, Math.min(this.#begin + this.used, this.capacity))
    this.#memory.copy(memory, atEnd, 0, this.used - atEnd)
    this.#memory = memory
    this.#begin = 0
  }

  /** @param length Of the text in bytes, which must be free. */
  push(text: string, length: number): void {
    const at = this.#placeOf(this.used)
    if (at + length <= this.capacity) this.#memory.write(text, at, length)
    else {
      const bytes = length <= scratch.length ? scratch : Buffer.allocUnsafeSlow(length)
      bytes.write(text)
      const atEnd = bytes.copy(this.#memory, at)
      bytes.copy(this.#memory, 0, atEnd, length)
    }
    this.used += length
  }

  /** Takes out the oldest bytes. */
  drop(length: number): void {
    this.#begin = this.#placeOf(length)
    this.used -= length
  }

  /** @param from Counts from the oldest byte. Both ends must be those of a text. */
  read(from: number, length: number): string {
    const at = this.#placeOf(from)
    if (at + length <= this.capacity) return this.#memory.toString('utf8', at, at + length)
    return Buffer.concat([this.#memory.subarray(at), this.#memory.subarray(0, at + length - this.capacity)]).toString()
  }

  #placeOf(distance: number): number {
    return this.capacity === 0 ? 0 : (this.#begin + distance) % this.capacity
  }
}
