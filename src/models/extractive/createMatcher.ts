import { analyze } from '../../internal/analyze.ts'
import type { QuestionTerm } from './questionTerms.ts'

/** How well a text holds each term of a question, from 0 to 1, by the index of the term. */
export type Match = readonly number[]

/** Of a part of an identifier, and of a word that only begins alike: `ukrain` for `ukrainian`. */
const partMatch = 0.3
const prefixMatch = 0.8
const minPrefix = 5
const maxTail = 4

/** Matches texts against the terms of one question. */
export function createMatcher(terms: readonly QuestionTerm[]): (text: string) => Match {
  const exact = new Map(terms.map(({ term }, index) => [term, index]))
  const parts = new Map(terms.flatMap(({ parts }, index) => parts.map((part) => [part, index] as const)))
  const beginnings = Map.groupBy(terms.keys(), (index) => terms[index]?.term.slice(0, minPrefix) ?? '')
  return (text) => {
    const result = terms.map(() => 0)
    const raise = (index: number | undefined, match: number) => {
      if (index !== undefined && match > (result[index] ?? 0)) result[index] = match
    }
    for (const word of analyze(text)) {
      raise(exact.get(word), 1)
      raise(parts.get(word), partMatch)
      if (word.length < minPrefix) continue
      for (const index of beginnings.get(word.slice(0, minPrefix)) ?? []) {
        const term = terms[index]?.term ?? ''
        if (beginsAlike(word, term) || beginsAlike(term, word)) raise(index, prefixMatch)
      }
    }
    return result
  }
}

function beginsAlike(long: string, short: string): boolean {
  return short.length >= minPrefix && long.length - short.length <= maxTail && long.startsWith(short)
}

/** The better of two matches, term by term; `weight` lowers the second. */
export function bestOf(first: Match, second: Match, weight = 1): Match {
  return first.map((match, index) => Math.max(match, (second[index] ?? 0) * weight))
}

/** The weighted share of the question that a match holds: 0 to 1. */
export function shareOf(match: Match, terms: readonly QuestionTerm[]): number {
  const all = terms.reduce((sum, { weight }) => sum + weight, 0)
  return all === 0 ? 0 : terms.reduce((sum, { weight }, index) => sum + weight * (match[index] ?? 0), 0) / all
}
