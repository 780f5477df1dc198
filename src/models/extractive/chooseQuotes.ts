import type { ScoredPassage } from '../../types/document.ts'
import { type Clipped, clip } from './clip.ts'
import { type QuestionTerm, questionTerms, weights } from './questionTerms.ts'
import { type RatedUnit, rateUnits } from './rateUnits.ts'
import { createRepetitionFilter } from './createRepetitionFilter.ts'
import { unitsOf } from './unitsOf.ts'

/** A unit that is quoted, as far as it is. */
export interface Quote extends RatedUnit {
  readonly quoted: Clipped
}

/** What answers a question. */
export interface Choice {
  readonly quotes: readonly Quote[]
  /** Words of the question, general ones left out, that none of the passages holds. */
  readonly missing: readonly string[]
}

const maxQuotes = 6
/** Pieces of code, when code is asked for; else one. */
const maxCodes = 2
const maxItems = 10
const maxCharacters = 1500
/** Share of the question, by weight, that must stand in and around a quote. */
const minShare = 0.6
/** The same when one word alone counts: then the general words around it count too. */
const minShareOfOne = 0.75
/** Share that must stand in the best quote itself, with its titles. */
const minHeld = 0.58
/** Share that must stand in the quote itself. */
const minOwn = 0.3
/** Quotes are at least this good, compared with the best. */
const minRelative = 0.6
/** And hold this share of what the best holds of the question. */
const minRelativeOwn = 0.5
const asksForCode = /\b(?:how (?:do|can|to|would|should|could)|examples?|code|snippets?|syntax|implement|usage|call|use)\b/i

/**
 * The units that answer the question best, in reading order: passages by relevance, inside a passage by its text.
 * None when the passages hold too little of the question.
 */
export function chooseQuotes(question: string, passages: readonly ScoredPassage[]): Choice {
  const terms = questionTerms(question)
  const { units, missing } = rateUnits(passages.flatMap(unitsOf), passages, question, terms)
  const answers = units.filter((unit) => isAnswer(unit, terms)).toSorted((a, b) => b.score - a.score)
  if (!answers.some(({ held }) => held >= minHeld)) return { quotes: [], missing: [] }
  const chosen = pick(answers, terms)
  const asksCode = asksForCode.test(question)
  const completed = asksCode ? [...codeFor(chosen, units), ...chosen] : chosen
  const quotes = inReadingOrder(withWhatBelongs(completed, units, asksCode), terms)
  return { quotes, missing: missing.filter(({ weight }) => weight > weights.common).map(({ word }) => word) }
}

function isAnswer({ share, own, complete }: RatedUnit, terms: readonly QuestionTerm[]): boolean {
  const counting = terms.filter(({ weight }) => weight > weights.common).length
  // Words that any text holds tell nothing unless all of them stand together.
  if (counting === 0) return terms.length > 1 && own > 0.99
  return complete && own >= minOwn && share >= (counting === 1 ? minShareOfOne : minShare)
}

function pick(answers: readonly RatedUnit[], terms: readonly QuestionTerm[]): RatedUnit[] {
  const isRepeated = createRepetitionFilter()
  const wanted = wantedTerms(terms)
  const chosen: RatedUnit[] = []
  let characters = 0
  for (const unit of answers) {
    if (chosen.length >= maxQuotes || unit.score < (answers[0]?.score ?? 0) * minRelative) break
    const { length } = unit.kind === 'code' ? unit.text : clip(unit.text, wanted).text
    if (chosen.length > 0 && characters + length > maxCharacters) continue
    if (unit.own < (answers[0]?.own ?? 0) * minRelativeOwn || isRepeated(unit.text)) continue
    chosen.push(unit)
    characters += length
  }
  return chosen
}

/** The code that belongs to what was chosen: under the same heading, else in the same passage; the best match of them. */
function codeFor(chosen: readonly RatedUnit[], units: readonly RatedUnit[]): RatedUnit[] {
  if (chosen.some(({ kind }) => kind === 'code')) return []
  for (const { passage, headings } of chosen) {
    const path = headings.join('\n')
    const codes = units.filter((unit) => unit.kind === 'code' && unit.passage === passage && unit.own > 0)
    const near = codes.filter((unit) => unit.headings.join('\n') === path)
    const best = (near.length > 0 ? near : codes).toSorted((a, b) => b.own - a.own || b.score - a.score)[0]
    if (best !== undefined) return [best]
  }
  return []
}

/** What leads to a list or to code brings it, code brings the sentence before it, an item under a fitting heading its list. */
function withWhatBelongs(chosen: readonly RatedUnit[], units: readonly RatedUnit[], asksCode: boolean): RatedUnit[] {
  const indexOf = new Map(units.map((unit, index) => [unit, index]))
  let codesLeft = asksCode ? maxCodes : 1
  return chosen.flatMap((unit) => {
    const index = indexOf.get(unit) ?? -1
    const before = units[index - 1]
    const next = units[index + 1]
    if (unit.kind === 'code') {
      codesLeft--
      return before?.passage === unit.passage && before.text.endsWith(':') ? [before, unit] : [unit]
    }
    if (unit.kind === 'item') return unit.headed ? listAround(index, units) : [unit]
    if (unit.kind !== 'sentence' || next?.passage !== unit.passage || !leads(unit)) return [unit]
    if (next.kind === 'item') return [unit, ...listAround(index + 1, units)]
    return next.kind === 'code' && codesLeft-- > 0 ? [unit, next] : [unit]
  })
}

/** Ends in a colon, or in no mark at all, as before a list. */
function leads({ text }: RatedUnit): boolean {
  return /(?:[:：]|[\p{L}\p{N}][)\]]*)$/u.test(text.slice(-20))
}

/** The list items on both sides of one, as far as they are few. */
function listAround(index: number, units: readonly RatedUnit[]): RatedUnit[] {
  const middle = units[index]
  const belongs = (unit: RatedUnit | undefined) =>
    unit?.kind === 'item' && unit.passage === middle?.passage && unit.headings === middle.headings
  let start = index
  let end = index + 1
  while (start > index - maxItems && belongs(units[start - 1])) start--
  while (end < start + maxItems && belongs(units[end])) end++
  return units.slice(start, end)
}

function inReadingOrder(chosen: readonly RatedUnit[], terms: readonly QuestionTerm[]): Quote[] {
  const wanted = wantedTerms(terms)
  return [...new Set(chosen)]
    .toSorted((a, b) => a.passage - b.passage || a.order - b.order)
    .map((unit) => ({ ...unit, quoted: unit.kind === 'code' ? clipCode(unit.text) : clip(unit.text, wanted) }))
}

const longestCode = 6000

/** Code is quoted whole; what is longer than a passage should be ends with a line. */
function clipCode(text: string): Clipped {
  if (text.length <= longestCode) return { text, cutBefore: false, cutAfter: false }
  const end = text.lastIndexOf('\n', longestCode)
  return { text: text.slice(0, end > 0 ? end : longestCode), cutBefore: false, cutAfter: true }
}

function wantedTerms(terms: readonly QuestionTerm[]): ReadonlySet<string> {
  return new Set(terms.map(({ term }) => term))
}
