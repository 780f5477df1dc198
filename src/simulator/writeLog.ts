import type { WriteLog, WriteTime } from './record.ts'

/** A log that is still written. */
export interface OpenWriteLog extends WriteLog {
  push(at: number, bytes: number): void
  /** Nothing more comes: gives back what room is left. */
  close(): void
  /** Gives back all of it, and takes no more. */
  drop(): void
  /** As columns, which are shorter. */
  toJSON(): { readonly at: readonly number[]; readonly bytes: readonly number[] }
}

/**
 * Memory: 16 bytes an event, up to twice that while it grows.
 *
 * @param onResize told by how many bytes it grows, or shrinks.
 */
export function createWriteLog(onResize: (bytes: number) => void = () => undefined): OpenWriteLog {
  let numbers = new Float64Array(0)
  let used = 0
  let isDropped = false
  const resize = (length: number) => {
    const before = numbers
    numbers = new Float64Array(length)
    numbers.set(before.subarray(0, used))
    onResize(numbers.byteLength - before.byteLength)
  }
  const get = (index: number): WriteTime => ({ at: numbers[2 * index]!, bytes: numbers[2 * index + 1]! })
  const every = (offset: 0 | 1) => Array.from({ length: used / 2 }, (_, index) => numbers[2 * index + offset]!)

  return {
    get length() {
      return used / 2
    },
    push(at, bytes) {
      if (isDropped) return
      if (used === numbers.length) resize(Math.max(16, 2 * used))
      // That may have been too much, and the oldest log is this one.
      if (isDropped) return
      numbers[used++] = at
      numbers[used++] = bytes
    },
    close() {
      if (used < numbers.length) resize(used)
    },
    drop() {
      isDropped = true
      used = 0
      numbers = new Float64Array(0)
    },
    at(index) {
      const position = index < 0 ? used / 2 + index : index
      return position >= 0 && position < used / 2 ? get(position) : undefined
    },
    *[Symbol.iterator]() {
      for (let index = 0; index < used / 2; index++) yield get(index)
    },
    toJSON: () => ({ at: every(0), bytes: every(1) }),
  }
}

/** For a simulator that keeps no times. */
export const noWriteLog: OpenWriteLog = {
  length: 0,
  push: () => undefined,
  close: () => undefined,
  drop: () => undefined,
  at: () => undefined,
  *[Symbol.iterator]() {},
  toJSON: () => ({ at: [], bytes: [] }),
}
