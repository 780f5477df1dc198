/** The tokens of an encoding, by their bytes. */
export interface TokenTable {
  /** The rank of the token that `bytes` from `start` to `end` are, or -1. The lower, the earlier it is merged. */
  readonly rank: (bytes: Uint8Array, start: number, end: number) => number
}

/**
 * Reads tokens as `tiktoken` packs them: lines of `! FIRST-RANK TOKEN TOKEN …` in order of rank, tokens in base64.
 *
 * Bytes and a hash table over them instead of a `Map` with 200,000 strings: it is there in a few hundredths of a second.
 */
export function createTokenTable(packed: string): TokenTable {
  const bytes = new Uint8Array(Math.ceil(packed.length * 0.75))
  const starts: number[] = [0]
  for (const line of packed.split('\n')) readTokens(line, bytes, starts)
  const offsets = Uint32Array.from(starts)
  const tokens = offsets.length - 1
  let slots = 1024
  while (slots < tokens * 2.5) slots *= 2
  /** Rank + 1 in the low bits, above them bits of the hash: most misses end without a look at the bytes. 0 is free. */
  const table = new Int32Array(slots)
  /** A bit for each hash there is, in 128 KiB: most bytes that are no token are told here, near the processor. */
  const filter = new Int32Array(1 << 15)

  const isToken = (rank: number, other: Uint8Array, start: number, length: number) => {
    const own = offsets[rank] ?? 0
    if ((offsets[rank + 1] ?? 0) - own !== length) return false
    for (let index = 0; index < length; index++) if (bytes[own + index] !== other[start + index]) return false
    return true
  }
  const rank = (other: Uint8Array, start: number, end: number) => {
    const hash = hashBytes(other, start, end)
    if ((((filter[hash >>> 17] ?? 0) >>> ((hash >>> 12) & 31)) & 1) === 0) return -1
    let slot = hash & (slots - 1)
    for (let entry = table[slot] ?? 0; entry !== 0; entry = table[slot] ?? 0) {
      const found = (entry & rankMask) - 1
      if ((entry ^ hash) >>> rankBits === 0 && isToken(found, other, start, end - start)) return found
      slot = (slot + 1) & (slots - 1)
    }
    return -1
  }
  for (let token = 0; token < tokens; token++) {
    const hash = hashBytes(bytes, offsets[token] ?? 0, offsets[token + 1] ?? 0)
    let slot = hash & (slots - 1)
    while (table[slot] !== 0) slot = (slot + 1) & (slots - 1)
    filter[hash >>> 17] = (filter[hash >>> 17] ?? 0) | (1 << ((hash >>> 12) & 31))
    table[slot] = ((hash >>> rankBits) << rankBits) | (token + 1)
  }
  return { rank }
}

const rankBits = 18
const rankMask = (1 << rankBits) - 1

function hashBytes(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193)
  return hash ^ (hash >>> 15)
}

const values = new Uint8Array(128)
for (const [value, letter] of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'.split('').entries()) values[letter.charCodeAt(0)] = value

/** Appends the tokens of a line to `bytes`, and where each ends to `ends`. */
function readTokens(line: string, bytes: Uint8Array, ends: number[]): void {
  const first = line.indexOf(' ', line.indexOf(' ') + 1) + 1
  if (first === 0) return
  let used = ends.at(-1) ?? 0
  let bits = 0
  let held = 0
  for (let at = first; at <= line.length; at++) {
    const unit = at < line.length ? line.charCodeAt(at) : 0x20
    if (unit === 0x20) {
      ends.push(used)
      bits = 0
      held = 0
    } else if (unit !== 0x3d) {
      held = ((held << 6) | (values[unit] ?? 0)) & 0xfff
      bits += 6
      if (bits < 8) continue
      bits -= 8
      bytes[used++] = held >> bits
    }
  }
}
