import type { ScoredPassage } from '../../types/document.ts'
import { type Match, bestOf } from './createMatcher.ts'
import type { Unit } from './unitsOf.ts'

/** How much of the question stands in a unit and, ever wider, around it. Each but `name` counts in those after it. */
export interface Evidence {
  readonly own: Match
  /** In the innermost heading above it. */
  readonly heading: Match
  /** In title and id of its document. */
  readonly name: Match
  /** In the unit, its headings and the name of its document. */
  readonly titled: Match
  /** The same with the units before and behind. */
  readonly near: Match
  /** In its passage. */
  readonly passage: Match
  /** In all passages of its document. */
  readonly document: Match
}

/** What counts of a term that stands in a title, or near. */
const credit = { title: 0.9, near: 0.85 } as const
/** Units before and behind that are near. */
const reach = 2

/** The evidence for each unit, in their order. */
export function gatherEvidence(
  units: readonly Unit[],
  passages: readonly ScoredPassage[],
  matchText: (text: string) => Match,
): Evidence[] {
  const none = matchText('')
  const matchHeadings = onceForEach((headings: readonly string[]) => headings.map(matchText))
  const own = units.map(({ text }) => matchText(text))
  const names = passages.map(({ title = '', documentId }) => matchText(`${title}\n${documentId}`))
  const titled = units.map((unit, index) => {
    const title = [...matchHeadings(unit.headings), names[unit.passage] ?? none].reduce((all, match) => bestOf(all, match))
    return bestOf(own[index] ?? none, title, credit.title)
  })
  const inPassages = passages.map(() => none)
  for (const [index, { passage }] of units.entries()) inPassages[passage] = bestOf(inPassages[passage] ?? none, titled[index] ?? none)
  const inDocuments = new Map<string, Match>()
  for (const [index, { documentId }] of passages.entries()) {
    inDocuments.set(documentId, bestOf(inDocuments.get(documentId) ?? none, inPassages[index] ?? none))
  }

  return units.map((unit, index) => {
    let near = titled[index] ?? none
    for (let other = Math.max(0, index - reach); other <= index + reach; other++) {
      if (units[other]?.passage === unit.passage) near = bestOf(near, own[other] ?? none, credit.near)
    }
    return {
      own: own[index] ?? none,
      heading: matchHeadings(unit.headings).at(-1) ?? none,
      name: names[unit.passage] ?? none,
      titled: titled[index] ?? none,
      near,
      passage: inPassages[unit.passage] ?? none,
      document: inDocuments.get(passages[unit.passage]?.documentId ?? '') ?? none,
    }
  })
}

/** The units below one heading share their array of headings. */
function onceForEach<K extends object, V>(compute: (key: K) => V): (key: K) => V {
  const known = new Map<K, V>()
  return (key) => {
    const value = known.get(key) ?? compute(key)
    known.set(key, value)
    return value
  }
}
