/** A place among many, with its score. */
export interface Best {
  readonly place: number
  readonly score: number
}

/** The `count` places with the highest scores above 0, best first; only those that are accepted. `tied` orders places of one score. */
export function bestFirst(scores: Float64Array, count: number, accepts: (place: number) => boolean, tied: (a: number, b: number) => number): Best[] {
  const limit = 2 * count + 64
  const cut = (best: readonly Best[]) => best.toSorted((a, b) => b.score - a.score || tied(a.place, b.place)).slice(0, count)
  let best: Best[] = []
  let least = 0
  for (let place = 0; place < scores.length; place++) {
    const score = scores[place]!
    if (score <= 0 || score < least || !accepts(place)) continue
    best.push({ place, score })
    if (best.length < limit) continue
    best = cut(best)
    least = best.at(-1)?.score ?? 0
  }
  return cut(best)
}
