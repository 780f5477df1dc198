/** Up to here a look at each byte takes less time than a call into native code. */
export const fewBytes = 32
const keptRoom = 65_536
const noBytes = Buffer.alloc(0)

/** Bytes that grow at the end. Doubles its room, so that adding one byte at a time stays linear. */
export class GrowingBytes {
  /** The first `length` of these are the bytes; another room after each change. */
  room: Buffer = noBytes
  length = 0

  add(bytes: Uint8Array): void {
    const { room, length } = this
    if (length + bytes.length > room.length) this.#resize(Math.max(256, room.length * 2, length + bytes.length))
    if (bytes.length > fewBytes) this.room.set(bytes, length)
    else for (let at = 0; at < bytes.length; at++) this.room[length + at] = bytes[at]!
    this.length += bytes.length
  }

  /** The bytes so far; valid until the next change. */
  view(): Buffer {
    return this.room.subarray(0, this.length)
  }

  /** Takes away the first `count` bytes. */
  drop(count: number): void {
    this.room.copyWithin(0, count, this.length)
    this.length -= count
    if (this.room.length > keptRoom && this.length <= keptRoom) this.#resize(this.length)
  }

  #resize(size: number): void {
    const resized = Buffer.allocUnsafeSlow(size)
    this.room.copy(resized, 0, 0, this.length)
    this.room = resized
  }
}
