import type { Language } from '../types/ports.ts'
import { analyze } from './analyze.ts'

/** What a question asks for by words. */
export interface SearchWords {
  /** Search terms, of phrases too. */
  readonly terms: readonly string[]
  /** Terms that are to stand together in this order. */
  readonly phrases: readonly (readonly string[])[]
}

/** Between two quotes of a kind. A single quote is mostly an apostrophe. No step goes back over what was read. */
const quoted = /"([^"]*)"|[“„]([^“„”"]*)[“”"]|«([^«»]*)»/g
const maxPhrases = 16
/** A longer quotation is a text, not a phrase. */
const maxPhraseTerms = 32

/** The terms of a question, and what stands in double quotes as phrases; one of stop words only is none. */
export function searchWords(question: string, language: Language = 'english'): SearchWords {
  const phrases: string[][] = []
  for (const [, plain, curly, angled] of question.matchAll(quoted)) {
    if (phrases.length === maxPhrases) break
    const terms = analyze(plain ?? curly ?? angled ?? '', language)
    if (terms.length > 0 && terms.length <= maxPhraseTerms) phrases.push(terms)
  }
  return { terms: analyze(question, language), phrases }
}
