import type { RankedPassage } from './rankPassages.ts'

/** The `count` highest scores, best first, ties by number. */
export function bestFirst(scores: ReadonlyMap<number, number>, count: number): RankedPassage[] {
  return Array.from(scores, ([passage, score]) => ({ passage, score }))
    .toSorted((a, b) => b.score - a.score || a.passage - b.passage)
    .slice(0, count)
}
