import type { ScoredPassage } from '../../types/document.ts'
import { createFormRating } from './createFormRating.ts'
import { type Evidence, gatherEvidence } from './gatherEvidence.ts'
import { type Match, bestOf, createMatcher, shareOf } from './createMatcher.ts'
import { type QuestionTerm, weights } from './questionTerms.ts'
import type { Unit } from './unitsOf.ts'

export interface RatedUnit extends Unit {
  /** Order of quotes: higher is better. */
  readonly score: number
  /** Share of the question that the unit itself holds. */
  readonly own: number
  /** The same, together with its titles, and with identifiers that stand near. */
  readonly held: number
  /** True when its heading nearly is the question. */
  readonly headed: boolean
  /** Share of the question that the unit holds together with what stands around it. */
  readonly share: number
  /** True when nothing that is needed, and not much else of the question, is missing around it. */
  readonly complete: boolean
}

export interface Rating {
  /** In the order of the units. */
  readonly units: readonly RatedUnit[]
  /** Words of the question that stand in none of the passages. */
  readonly missing: readonly QuestionTerm[]
}

/** What counts in `share` of a term that stands only in the passage, or only in another one of the document. */
const credit = { passage: 0.35, document: 0.15 } as const
/** What counts in the score of a term that stands near, or in the heading that nearly is the question. */
const nearShare = 0.35
const headingShare = 0.5
/** A heading that holds this share of the question stands for what is under it. */
const headedShare = 0.75
/** A word of the document's name tells its sentences little apart. */
const namedRarity = 0.4
/** A passage counts less than the one before it, down to the sixth. */
const rankLoss = 0.04
const present = 0.5

/**
 * Rates the units of all passages against the question, and says which of its words stand nowhere.
 *
 * The score counts the terms that a unit holds, rare ones (over all units) above frequent ones, a little those near it,
 * the rank of its passage, and whether it has the form of an answer.
 */
export function rateUnits(
  units: readonly Unit[],
  passages: readonly ScoredPassage[],
  question: string,
  terms: readonly QuestionTerm[],
): Rating {
  const matchText = createMatcher(terms)
  const evidence = gatherEvidence(units, passages, matchText)
  const rarities = raritiesOf(evidence, terms)
  const rateForm = createFormRating(question, terms, matchText)

  const rated = evidence.flatMap((found, index): RatedUnit[] => {
    const unit = units[index]
    if (unit === undefined) return []
    const rarity = rarities.map((value, term) => ((found.name[term] ?? 0) >= present ? value * namedRarity : value))
    const own = sumOf(found.own, terms, rarity)
    const headed = shareOf(found.heading, terms) >= headedShare
    const heading = headed ? headingShare * sumOf(found.heading, terms, rarity) : 0
    const around = nearShare * (sumOf(found.near, terms, rarity) - own)
    const ownShare = shareOf(found.own, terms)
    return [{
      ...unit,
      score: (own + heading + around) * rateForm(unit) * (1 - rankLoss * Math.min(unit.passage, 5)),
      own: headed ? Math.max(ownShare, headedShare / 2) : ownShare,
      held: shareOf(withIdentifiersNear(found, terms), terms),
      headed,
      share: shareOf(bestOf(bestOf(found.near, found.passage, credit.passage), found.document, credit.document), terms),
      complete: isComplete(found, terms),
    }]
  })
  const missing = terms.filter((_, term) => evidence.every(({ document }) => (document[term] ?? 0) < present))
  return { units: rated, missing }
}

function sumOf(match: Match, terms: readonly QuestionTerm[], rarity: readonly number[]): number {
  return terms.reduce((sum, { weight }, index) => sum + weight * (match[index] ?? 0) * (rarity[index] ?? 1), 0)
}

/** From 0.5 for a term that every unit holds to 1 for one that a single unit holds. */
function raritiesOf(evidence: readonly Evidence[], terms: readonly QuestionTerm[]): number[] {
  return terms.map((_, term) => {
    const holding = evidence.filter(({ own }) => (own[term] ?? 0) > present).length
    return 1 - 0.5 * (Math.log(1 + holding) / Math.log(2 + evidence.length))
  })
}

function withIdentifiersNear({ titled, near }: Evidence, terms: readonly QuestionTerm[]): Match {
  return titled.map((value, term) => (terms[term]?.weight === weights.identifier ? (near[term] ?? value) : value))
}

/**
 * What is needed must be there. Of the words that count, a third may be missing in the passage, half when an identifier
 * is near; half may stand in the passage but not near.
 */
function isComplete({ near, passage, document }: Evidence, terms: readonly QuestionTerm[]): boolean {
  let counted = 0
  let missing = 0
  let far = 0
  let named = false
  for (const [term, { needed, weight }] of terms.entries()) {
    const isNear = (near[term] ?? 0) >= present
    if (needed === 'near' && !isNear) return false
    if (needed === 'document' && (document[term] ?? 0) < present) return false
    if (weight === weights.common) continue
    counted++
    if (weight === weights.identifier && isNear) named = true
    if (!isNear && (passage[term] ?? 0) < present) missing++
    if (!isNear) far++
  }
  return missing <= Math.floor(counted / (named ? 2 : 3)) && far <= Math.floor(counted / 2)
}
