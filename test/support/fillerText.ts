/** A stream of numbers below 1 that is the same for the same seed (mulberry32, by Tommy Ettinger). */
export function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A word for a number: only letters, and no English ending, so that it is one search term. */
export function fillerWord(number: number): string {
  return `z${Array.from(String(number), (digit) => 'bcdfgkmnpx'[Number(digit)]).join('')}`
}

/** Text of 2,000 different words, of which some are frequent (in up to half of the texts of 50 words) and most are rare. */
export function fillerText(random: () => number, words: number): string {
  return Array.from({ length: words }, () => fillerWord(Math.floor(2000 ** (0.4 + 0.6 * random())))).join(' ')
}
