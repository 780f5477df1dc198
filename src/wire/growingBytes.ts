/** Bytes that grow at the end. Doubles its room, so that adding one byte at a time stays linear. */
export interface GrowingBytes {
  readonly length: number
  /** The first `length` of these are the bytes; another room after each change. */
  readonly room: Buffer
  add(bytes: Uint8Array): void
  /** The bytes so far; valid until the next change. */
  view(): Buffer
  /** Takes away the first `count` bytes. */
  drop(count: number): void
}

/** Up to here a look at each byte takes less time than a call into native code. */
export const fewBytes = 32
const keptRoom = 16_384

export function growingBytes(): GrowingBytes {
  let room = Buffer.alloc(0)
  let length = 0

  const resize = (size: number) => {
    const resized = Buffer.allocUnsafeSlow(size)
    room.copy(resized, 0, 0, length)
    room = resized
  }
  return {
    get length() {
      return length
    },
    get room() {
      return room
    },
    add(bytes) {
      if (length + bytes.length > room.length) resize(Math.max(256, room.length * 2, length + bytes.length))
      if (bytes.length > fewBytes) room.set(bytes, length)
      else for (let at = 0; at < bytes.length; at++) room[length + at] = bytes[at]!
      length += bytes.length
    },
    view: () => room.subarray(0, length),
    drop(count) {
      room.copyWithin(0, count, length)
      length -= count
      if (room.length > keptRoom && length <= keptRoom) resize(length)
    },
  }
}
