import type { Passage } from '../types/document.ts'
import type { Language } from '../types/ports.ts'
import { analyze } from './analyze.ts'

/** The search terms of a passage: of its title, its headings and its text. */
export function indexedTerms(passage: Passage, language: Language = 'english'): string[] {
  return analyze(`${passage.title ?? ''}\n${passage.headings.join('\n')}\n${passage.text}`, language)
}
