import { type Match, shareOf } from './createMatcher.ts'
import type { QuestionTerm } from './questionTerms.ts'
import type { Unit } from './unitsOf.ts'

const linkTargets = /\]\([^()\s]*\)/g
/** Web addresses, also those that were broken by a line's end. */
const addresses = /\(h ?t? ?t? ?ps?:[^()]{0,300}\)|https?:\S+/g
const definition = /\b(?:is|are|was|were) (?:an?|the|one|when)\b|\b(?:means|refers to|called|stands for|consists? of|defined as)\b/i
/** The form of an answer shows at its beginning. */
const readLength = 300

/** Rates how well a unit reads as an answer to such a question: by its length, and by its form. */
export function createFormRating(
  question: string,
  terms: readonly QuestionTerm[],
  matchText: (text: string) => Match,
): (unit: Unit) => number {
  const rateForm = createAnswerRating(question.slice(0, readLength), terms, matchText)
  return (unit) => rateLength(unit) * rateForm(unit.text.slice(0, readLength))
}

/** Fragments, endless sentences and lists of references quote badly. */
function rateLength({ text, kind }: Unit): number {
  if (kind === 'code' || text.length > 2000) return 0.8
  const visible = text.replace(linkTargets, ']')
  if (visible.replace(addresses, '').length < visible.length * 0.6) return 0.5
  if (visible.length < 30) return 0.6
  if (visible.length < 60) return 0.85
  return visible.length > 400 ? 0.8 : 1
}

/** Raises a number, a name, a reason, a definition, and a sentence whose subject is what is asked for. */
function createAnswerRating(
  question: string,
  terms: readonly QuestionTerm[],
  matchText: (text: string) => Match,
): (text: string) => number {
  if (/\b(?:when|what year|how (?:many|much|old|long|tall|far|often|big))\b/i.test(question)) return raise(/\p{N}/u)
  if (/^\W*(?:what|who)(?:['’]s|\s+(?:is|are|was|were))\b/i.test(question)) {
    const beginning = new RegExp(`^(?:\\S+\\s+){1,${Math.min(terms.length, 5) + 1}}`)
    return (text) => {
      const isSubject = shareOf(matchText(beginning.exec(text)?.[0] ?? ''), terms) > 0.9
      const isDefinition = definition.test(text)
      return (isSubject ? 1.2 : 1) * (isDefinition ? (isSubject ? 1.17 : 1.1) : 1)
    }
  }
  if (/\bwho\b/i.test(question)) return raise(/[\p{Ll},] \p{Lu}\p{Ll}/u)
  if (/\bwhy\b/i.test(question)) return raise(/\b(?:because|since|therefore|so that|in order to|due to)\b/i)
  return () => 1
}

function raise(form: RegExp): (text: string) => number {
  return (text) => (form.test(text) ? 1.2 : 1)
}
