/** A place among many, with its score. */
export interface Best {
  readonly place: number
  readonly score: number
}

/** The `count` places with the highest scores above 0, best first, ties by place; only those that are accepted. */
export function bestFirst(scores: Float64Array, count: number, accepts: (place: number) => boolean): Best[] {
  const limit = 2 * count + 64
  let best: Best[] = []
  let least = 0
  for (let place = 0; place < scores.length; place++) {
    const score = scores[place]!
    if (score <= least || !accepts(place)) continue
    best.push({ place, score })
    if (best.length < limit) continue
    best = cut(best, count)
    least = best.at(-1)?.score ?? 0
  }
  return cut(best, count)
}

function cut(best: readonly Best[], count: number): Best[] {
  return best.toSorted((a, b) => b.score - a.score || a.place - b.place).slice(0, count)
}
