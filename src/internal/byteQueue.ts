export const blockBytes = 4096
/** Of blocks that are made together. */
const slabBytes = 262_144
/** Blocks that no queue uses. Memory that was used once is kept for those that come: given back and asked for anew, it would cost more than what is written into it. */
const spare: Buffer[] = []
/** Where bytes are put together that lie in several blocks. */
const scratch = Buffer.allocUnsafeSlow(65_536)

/** Bytes one behind the other, in blocks of memory that all queues share: neither what is taken out nor growing leaves anything to collect. */
export class ByteQueue {
  /** In the order of what is in them; those at the end may be empty. */
  readonly #blocks: Buffer[] = []
  /** Where the oldest byte is in the first block. */
  #begin = 0
  used = 0

  /** Of all its blocks. */
  get capacity(): number {
    return this.#blocks.length * blockBytes
  }

  /** How much can be pushed. */
  get room(): number {
    return this.capacity - this.#begin - this.used
  }

  /** @param bytes Memory for so many is held from now on, in whole blocks; for what is used at least. */
  resize(bytes: number): void {
    const count = Math.ceil(Math.max(bytes, this.#begin + this.used) / blockBytes)
    while (this.#blocks.length > count) spare.push(this.#blocks.pop()!)
    while (this.#blocks.length < count) this.#blocks.push(takeBlock())
  }

  /** @param bytes For which there must be room. */
  push(bytes: Buffer): void {
    for (let done = 0; done < bytes.length;) {
      const at = this.#begin + this.used
      const copied = bytes.copy(this.#blocks[Math.floor(at / blockBytes)]!, at % blockBytes, done)
      this.used += copied
      done += copied
    }
  }

  /** Takes out the oldest bytes; their blocks are for what comes. */
  drop(length: number): void {
    this.used -= length
    this.#begin += length
    for (; this.#begin >= blockBytes; this.#begin -= blockBytes) this.#blocks.push(this.#blocks.shift()!)
    if (this.used === 0) this.#begin = 0
  }

  /**
   * Bytes where they are, or in memory that all queues share: good until the next call of any of them.
   *
   * @param from Counts from the oldest byte.
   */
  read(from: number, length: number): Buffer {
    const at = this.#begin + from
    let block = Math.floor(at / blockBytes)
    const start = at % blockBytes
    if (start + length <= blockBytes) return this.#blocks[block]?.subarray(start, start + length) ?? Buffer.alloc(0)
    const bytes = length <= scratch.length ? scratch.subarray(0, length) : Buffer.allocUnsafeSlow(length)
    for (let done = this.#blocks[block]!.copy(bytes, 0, start); done < length;) done += this.#blocks[++block]!.copy(bytes, done)
    return bytes
  }
}

function takeBlock(): Buffer {
  if (spare.length === 0) {
    const slab = Buffer.allocUnsafeSlow(slabBytes)
    for (let at = 0; at < slabBytes; at += blockBytes) spare.push(slab.subarray(at, at + blockBytes))
  }
  return spare.pop()!
}
