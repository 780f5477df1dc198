import { analyze } from '../../internal/analyze.ts'
import { isCommonWord, isFramingWord } from './commonWords.ts'

/** A word of the question that says something of its subject. */
export interface QuestionTerm {
  /** As it stands in the question. */
  readonly word: string
  /** As it is searched for. */
  readonly term: string
  /** Parts of an identifier or of a run without blanks: they stand for the word less well. */
  readonly parts: readonly string[]
  /** How much of the question hangs on it. */
  readonly weight: number
  /** An answer without it is none: names must stand in the document; numbers, and what is asked of something, near. */
  readonly needed: 'near' | 'document' | undefined
}

export const weights = { common: 0.4, plain: 1, name: 1.5, identifier: 3 } as const

const wordPattern = /[\p{L}\p{N}\p{M}_]+(?:(?<=\p{N})[.,](?=\p{N})[\p{L}\p{N}_]+|['’](?=\p{L})[\p{L}\p{N}_]+)*/gu
const identifier = /^[\p{L}\p{N}]+_[\p{L}\p{N}_]+$|\p{Ll}\p{Lu}|^\p{L}+\p{N}+$/u
const numeral = /^\p{N}[\p{N}.,]+$/u
const startsUpper = /^\p{Lu}/u
const acronym = /^\p{Lu}[\p{Lu}\p{N}]+s?$/u
/** Thai and Lao, Myanmar, Khmer, kana, Han. */
const withoutBlanks = /[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]/
/** Japanese particles and endings, Chinese particles and question words. */
const joins = /[\u3040-\u309f的是了在吗呢么什哪怎谁和与如何]/g
const maxQuestion = 2000
/** The folder itself, as it is named around a question: "what do the files say about X". */
const folder =
  /\b(?:in|from|of|to|do|does|across|within)\s+(?:the|these|this|my|our|all|your)\s+(?:files?|documents?|docs|folders?|notes|texts?|papers?|articles?)\b/gi
/** "What is the capital of X", "how many legs": the asked thing itself must be there. */
const askedOf =
  /\b(?:what|who|whom|which|when|where)(?:['’]s|\s+(?:is|are|was|were))\s+(?:the|an?)\s+((?:[^\s,;?!]+\s+){1,4})(?:of|in|for|between|from)\b/i
/** "What did the president say about X": who says it need not stand beside it. */
const speaker =
  /\b(?:do|does|did)\s+((?:[^\s,;?!]+\s+){1,5})(?:say|tell|write|think|mention|discuss|state|claim|explain|describe)\b/i
const askedCount = /\bhow\s+(?:many|much|old|tall|far|big|heavy)\s+([^\s,;?!]+)/i

/** The words of a question that its answer should hold, with their weights; each once. */
export function questionTerms(question: string): QuestionTerm[] {
  const start = question.slice(0, maxQuestion).replace(folder, ' ')
  const words = start.match(wordPattern) ?? []
  const upper = words.filter((word) => startsUpper.test(word)).length
  // In a title or a shout, a capital says nothing.
  const capitalsTell = upper <= Math.max(1, words.length * 0.6)
  const asked = askedHead(start)
  const speakers = new Set(analyze(speaker.exec(start)?.[1] ?? ''))
  const found = new Map<string, QuestionTerm>()
  for (const [index, word] of words.entries()) {
    for (const item of termsOfWord(word, capitalsTell && index > 0, asked, speakers)) {
      const known = found.get(item.term)
      if (known === undefined || known.weight < item.weight) found.set(item.term, item)
    }
  }
  return [...found.values()]
}

function termsOfWord(word: string, capitalsTell: boolean, asked: string | undefined, speakers: ReadonlySet<string>): QuestionTerm[] {
  const terms = analyze(word)
  if (withoutBlanks.test(word)) return terms.flatMap(termOfPair)
  const [term, ...parts] = terms
  if (term === undefined) return []
  if (identifier.test(word)) return [{ word, term, parts, weight: weights.identifier, needed: 'document' }]
  if (numeral.test(word)) return [{ word, term, parts, weight: weights.name, needed: 'near' }]
  if (capitalsTell && (startsUpper.test(word) || acronym.test(word))) {
    return [{ word, term, parts, weight: weights.name, needed: 'document' }]
  }
  if (isFramingWord(term)) return []
  if (isCommonWord(term) || speakers.has(term)) return [{ word, term, parts, weight: weights.common, needed: undefined }]
  return [{ word, term, parts, weight: weights.plain, needed: term === asked ? 'near' : undefined }]
}

/** Of a script without blanks: what only joins words is left out, what touches it weighs little. */
function termOfPair(term: string): QuestionTerm[] {
  const joining = term.match(joins)?.length ?? 0
  if (joining === Array.from(term).length) return []
  return [{ word: term, term, parts: [], weight: joining > 0 ? weights.common : weights.plain, needed: undefined }]
}

/** The thing that is asked of another: its last word, "capital" in "what is the state capital of Peru". */
function askedHead(question: string): string | undefined {
  const phrase = askedOf.exec(question)?.[1] ?? askedCount.exec(question)?.[1]
  return phrase === undefined ? undefined : analyze(phrase).at(-1)
}
