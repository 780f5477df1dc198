import { hash } from 'node:crypto'

/** Numbers by name, for millions of names. */
export interface HashTable {
  readonly size: number
  get(name: string): number | undefined
  /** The number of a name that is there; else gives it this one, and returns undefined. */
  add(name: string, value: number): number | undefined
  /** Replaces the number of a name that is there. Numbers: not below 0. */
  set(name: string, value: number): void
}

/** Parts grow one after the other: a whole that doubled at once would need three times its memory while it does. */
const partCount = 64
const firstCapacity = 16
const empty = -1

interface Key {
  readonly low: number
  readonly high: number
}

/**
 * Keeps 64 bits of each name's SHA-256 instead of the name: 20 to 40 bytes an entry. Two of a million names are taken for one
 * with a probability of 3 in 100 million.
 */
export function createHashTable(): HashTable {
  const parts = Array.from({ length: partCount }, createPart)
  let size = 0
  const partOf = ({ high }: Key) => parts[high % partCount]!

  return {
    get size() {
      return size
    },
    get(name) {
      if (size === 0) return undefined
      const key = keyOf(name)
      return partOf(key).get(key)
    },
    add(name, value) {
      const key = keyOf(name)
      const found = partOf(key).get(key)
      if (found !== undefined) return found
      partOf(key).put(key, value)
      size++
      return undefined
    },
    set(name, value) {
      const key = keyOf(name)
      if (partOf(key).put(key, value)) size++
    },
  }
}

function createPart() {
  let capacity = firstCapacity
  let lows = new Uint32Array(capacity)
  let highs = new Uint32Array(capacity)
  let values = new Float64Array(capacity).fill(empty)
  let size = 0

  /** Where the key is, or would go. */
  const placeOf = ({ low, high }: Key) => {
    let place = low & (capacity - 1)
    while (values[place] !== empty && (lows[place] !== low || highs[place] !== high)) place = (place + 1) & (capacity - 1)
    return place
  }
  const write = (key: Key, value: number) => {
    const place = placeOf(key)
    const isNew = values[place] === empty
    lows[place] = key.low
    highs[place] = key.high
    values[place] = value
    return isNew
  }
  const grow = () => {
    const old = { lows, highs, values }
    capacity *= 2
    lows = new Uint32Array(capacity)
    highs = new Uint32Array(capacity)
    values = new Float64Array(capacity).fill(empty)
    old.values.forEach((value, from) => {
      if (value !== empty) write({ low: old.lows[from] ?? 0, high: old.highs[from] ?? 0 }, value)
    })
  }

  return {
    get(key: Key): number | undefined {
      const value = values[placeOf(key)]
      return value === empty ? undefined : value
    },
    /** True when the key was not there. */
    put(key: Key, value: number): boolean {
      if (size * 4 >= capacity * 3) grow()
      const isNew = write(key, value)
      if (isNew) size++
      return isNew
    },
  }
}

function keyOf(name: string): Key {
  // A character a byte: a third of the time that a buffer takes.
  const digest = hash('sha256', name, 'binary')
  return { low: uint32At(digest, 0), high: uint32At(digest, 4) }
}

function uint32At(bytes: string, at: number): number {
  return (bytes.charCodeAt(at) | (bytes.charCodeAt(at + 1) << 8) | (bytes.charCodeAt(at + 2) << 16) | (bytes.charCodeAt(at + 3) << 24)) >>> 0
}
