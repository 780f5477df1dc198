/** Bytes that grow at the end. Doubles its room, so that adding one byte at a time stays linear. */
export interface GrowingBytes {
  readonly length: number
  add(bytes: Uint8Array): void
  /** The bytes so far; valid until the next `add`. */
  view(): Uint8Array
  clear(): void
}

const keptRoom = 65_536

export function growingBytes(): GrowingBytes {
  let room = new Uint8Array(0)
  let length = 0
  return {
    get length() {
      return length
    },
    add(bytes) {
      if (length + bytes.length > room.length) {
        const larger = new Uint8Array(Math.max(256, room.length * 2, length + bytes.length))
        larger.set(room.subarray(0, length))
        room = larger
      }
      room.set(bytes, length)
      length += bytes.length
    },
    view: () => room.subarray(0, length),
    clear() {
      length = 0
      if (room.length > keptRoom) room = new Uint8Array(0)
    },
  }
}
