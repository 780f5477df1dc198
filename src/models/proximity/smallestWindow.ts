/**
 * Length of the shortest run of words that holds each of the terms that are there at all; 0 when none is.
 *
 * @param places - of each term, ascending
 */
export function smallestWindow(places: ReadonlyMap<string, readonly number[]>): number {
  const occurrences = [...places].flatMap(([term, at]) => at.map((place) => ({ term, place }))).toSorted((a, b) => a.place - b.place)
  const inside = new Map<string, number>()
  let shortest = occurrences.length === 0 ? 0 : Infinity
  let first = 0
  for (const { term, place } of occurrences) {
    inside.set(term, (inside.get(term) ?? 0) + 1)
    for (let oldest = occurrences[first]; oldest !== undefined && inside.size === places.size; oldest = occurrences[++first]) {
      shortest = Math.min(shortest, place - oldest.place + 1)
      const left = (inside.get(oldest.term) ?? 0) - 1
      if (left > 0) inside.set(oldest.term, left)
      else inside.delete(oldest.term)
    }
  }
  return shortest
}
