import type { Language } from '../types/ports.ts'
import { stem } from './stem.ts'
import { stemFrench } from './stemFrench.ts'
import { stemGerman } from './stemGerman.ts'
import { stemSpanish } from './stemSpanish.ts'
import { stopWords } from './stopWords.ts'

export interface LanguageRules {
  readonly stopWords: ReadonlySet<string>
  /** Takes a word in lower case without accents. */
  readonly stem: (word: string) => string
  /** An article or pronoun that is written together with the word behind it. */
  readonly elision?: RegExp
}

export const languages: Readonly<Record<Language, LanguageRules>> = {
  english: { stopWords: stopWords.english, stem },
  german: { stopWords: stopWords.german, stem: stemGerman },
  french: { stopWords: stopWords.french, stem: stemFrench, elision: /^(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quoiqu)['’](?=.)/i },
  spanish: { stopWords: stopWords.spanish, stem: stemSpanish },
  none: { stopWords: stopWords.none, stem: (word) => word },
}
