/**
 * Picks at most `count` of the passages of several documents, spread over all: of many documents every n-th with its
 * first passage, of few documents several passages each, evenly apart.
 *
 * @param sizes How many passages each document has.
 * @returns Pairs of document and passage index, in order.
 */
export function sampleSpread(sizes: readonly number[], count: number): { document: number; passage: number }[] {
  const filled = sizes.flatMap((size, document) => (size > 0 ? [{ size, document }] : []))
  const chosen = filled.length <= count ? filled : evenly(filled.length, count).flatMap((index) => filled[index] ?? [])
  const extra = Math.max(0, count - chosen.length)
  const total = chosen.reduce((sum, { size }) => sum + size - 1, 0)
  return chosen.flatMap(({ size, document }) => {
    const share = total === 0 ? 1 : 1 + Math.floor((extra * (size - 1)) / total)
    return evenly(size, Math.min(size, share)).map((passage) => ({ document, passage }))
  })
}

/** `count` of the numbers from 0 to `size - 1`, evenly apart, 0 among them. */
function evenly(size: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => Math.floor((index * size) / count))
}
