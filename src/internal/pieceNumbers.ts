/** The number of `text.slice(start, end)`. */
export type PieceNumbers = (text: string, start: number, end: number) => number

const slots = 1 << 17
const maxPieces = slots / 2
const maxUnits = 1 << 20

/**
 * A number for each piece of text, such as its tokens, found once: `numberOf` is asked for pieces that are new. Numbers up to 65,535 are kept
 * for 65,536 pieces with 1,048,576 units together, about 4 MB; when full it is emptied.
 *
 * A hash table of its own over the units of the text: a `Map` would need each piece cut out first, and pieces cut out of a
 * long text keep that text alive.
 */
export function createPieceNumbers(numberOf: (piece: string) => number): PieceNumbers {
  const units = new Uint16Array(maxUnits)
  const starts = new Uint32Array(slots)
  const numbers = new Uint16Array(slots)
  /** 0: the slot is free. */
  const lengths = new Uint16Array(slots)
  let pieces = 0
  let used = 0

  const holds = (slot: number, text: string, start: number, length: number) => {
    const stored = starts[slot] ?? 0
    for (let index = 0; index < length; index++) if (units[stored + index] !== text.charCodeAt(start + index)) return false
    return true
  }

  const keep = (slot: number, text: string, start: number, length: number, number: number) => {
    if (length > 0xffff || length > maxUnits / 16 || number > 0xffff) return
    if (pieces === maxPieces || used + length > maxUnits) {
      lengths.fill(0)
      pieces = 0
      used = 0
      // The slot was found among pieces that are gone now; the first free one of its hash is the hash itself.
      slot = hashOf(text, start, start + length)
    }
    starts[slot] = used
    lengths[slot] = length
    numbers[slot] = number
    for (let index = 0; index < length; index++) units[used++] = text.charCodeAt(start + index)
    pieces++
  }

  return (text, start, end) => {
    const length = end - start
    let slot = hashOf(text, start, end)
    for (let stored = lengths[slot]; stored !== 0; stored = lengths[slot]) {
      if (stored === length && holds(slot, text, start, length)) return numbers[slot] ?? 0
      slot = (slot + 1) & (slots - 1)
    }
    const number = numberOf(text.slice(start, end))
    keep(slot, text, start, length, number)
    return number
  }
}

function hashOf(text: string, start: number, end: number): number {
  let hash = 0x811c9dc5
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return (hash ^ (hash >>> 15)) & (slots - 1)
}
