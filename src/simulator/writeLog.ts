import type { WriteLog, WriteTime } from './record.ts'

/** A log that is still written. */
export interface OpenWriteLog extends WriteLog {
  push(at: number, bytes: number): void
  /** Nothing more comes: gives back what room is left. */
  close(): void
  /** As columns, which are shorter. */
  toJSON(): { readonly at: readonly number[]; readonly bytes: readonly number[] }
}

/** Memory: 16 bytes an event, twice that while it grows. */
export function createWriteLog(): OpenWriteLog {
  let numbers = new Float64Array(16)
  let used = 0
  const get = (index: number): WriteTime => ({ at: numbers[2 * index]!, bytes: numbers[2 * index + 1]! })
  const every = (offset: 0 | 1) => Array.from({ length: used / 2 }, (_, index) => numbers[2 * index + offset]!)

  return {
    get length() {
      return used / 2
    },
    push(at, bytes) {
      if (used === numbers.length) {
        const larger = new Float64Array(2 * used)
        larger.set(numbers)
        numbers = larger
      }
      numbers[used++] = at
      numbers[used++] = bytes
    },
    close() {
      numbers = numbers.slice(0, used)
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
  at: () => undefined,
  *[Symbol.iterator]() {},
  toJSON: () => ({ at: [], bytes: [] }),
}
