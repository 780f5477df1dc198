import { hash } from 'node:crypto'

/** Numbers by name, for millions of names. */
export interface HashTable {
  readonly size: number
  get(name: string): number | undefined
  /** Replaces the number of a name that is there. Numbers: not below 0. */
  set(name: string, value: number): void
}

const firstCapacity = 1024
const empty = -1

/**
 * Keeps 64 bits of each name's SHA-256 instead of the name: some 20 bytes an entry, twice that while it grows. Two of a million
 * names are taken for one with a probability of 3 in 100 million.
 */
export function createHashTable(): HashTable {
  let capacity = firstCapacity
  let lows = new Uint32Array(capacity)
  let highs = new Uint32Array(capacity)
  let values = new Float64Array(capacity).fill(empty)
  let size = 0

  /** Where the key is, or would go. */
  const placeOf = (low: number, high: number) => {
    let place = low & (capacity - 1)
    while (values[place] !== empty && (lows[place] !== low || highs[place] !== high)) place = (place + 1) & (capacity - 1)
    return place
  }
  const put = (low: number, high: number, value: number) => {
    const place = placeOf(low, high)
    lows[place] = low
    highs[place] = high
    values[place] = value
  }
  const grow = () => {
    const old = { lows, highs, values }
    capacity *= 2
    lows = new Uint32Array(capacity)
    highs = new Uint32Array(capacity)
    values = new Float64Array(capacity).fill(empty)
    old.values.forEach((value, from) => {
      if (value !== empty) put(old.lows[from] ?? 0, old.highs[from] ?? 0, value)
    })
  }

  return {
    get size() {
      return size
    },
    get(name) {
      const value = values[placeOf(...keyOf(name))]
      return value === empty ? undefined : value
    },
    set(name, value) {
      const key = keyOf(name)
      if (values[placeOf(...key)] === empty) {
        if (size * 4 >= capacity * 3) grow()
        size++
      }
      put(...key, value)
    },
  }
}

function keyOf(name: string): [low: number, high: number] {
  const digest = hash('sha256', name, 'buffer')
  return [digest.readUInt32LE(0), digest.readUInt32LE(4)]
}
