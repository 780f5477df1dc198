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
const keptRoom = 65_536

export function growingBytes(): GrowingBytes {
  const resize = (size: number) => {
    const resized = Buffer.allocUnsafeSlow(size)
    grown.room.copy(resized, 0, 0, grown.length)
    grown.room = resized
  }
  const grown: { -readonly [Name in keyof GrowingBytes]: GrowingBytes[Name] } = {
    room: noBytes,
    length: 0,
    add(bytes) {
      const { room, length } = grown
      if (length + bytes.length > room.length) resize(Math.max(256, room.length * 2, length + bytes.length))
      if (bytes.length > fewBytes) grown.room.set(bytes, length)
      else for (let at = 0; at < bytes.length; at++) grown.room[length + at] = bytes[at]!
      grown.length += bytes.length
    },
    view: () => grown.room.subarray(0, grown.length),
    drop(count) {
      grown.room.copyWithin(0, count, grown.length)
      grown.length -= count
      if (grown.room.length > keptRoom && grown.length <= keptRoom) resize(grown.length)
    },
  }
  return grown
}

const noBytes = Buffer.alloc(0)
