import type { Language } from '../types/ports.ts'
import { type LanguageRules, languages } from './languages.ts'

/** Words with inner apostrophes, numbers with inner points, identifiers with underscores. */
const words = /[\p{L}\p{N}\p{M}_]+(?:(?:(?<=\p{L})['’](?=[\p{L}\p{N}])|(?<=\p{N})[.,](?=\p{N}))[\p{L}\p{N}\p{M}_]+)*/gu
/** Japanese, Chinese, Thai and their neighbours write no blanks; Korean writes them, but its particles end the words. */
const scriptsWithoutBlanks = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}ー]+/gu
const onlyAscii = /^[\x00-\x7f]*$/
const partsOfName = /[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+(?:\.\d+)*|[^\x00-\x7f]+/g
const plainWord = /^(?:[A-Z]?[a-z]+|[A-Z]+)$/

/** Latin letters that are not a letter with an accent. */
const spelled: Readonly<Record<string, string>> = { ß: 'ss', ẞ: 'ss', æ: 'ae', œ: 'oe', ø: 'o', ł: 'l', đ: 'd' }

const maxCachedTerms = 100_000
const maxTermLength = 64
const caches = new Map<Language, Map<string, readonly string[]>>()

/**
 * The search terms of a text, in order, repeated as they are repeated: what BM25 indexes and what a question is
 * reduced to.
 *
 * Unicode words in lower case without accents and possessive `'s`, stop words of the language out, its stems.
 * Identifiers give their parts and the whole: `mergeMap` is `mergemap`, `merg`, `map`. Scripts that write no blanks
 * give pairs of characters, and so does Korean. Terms hold letters, digits, `_`, and `.` inside numbers; longer ones are cut at 64.
 */
export function analyze(text: string, language: Language = 'english'): string[] {
  const terms: string[] = []
  const rules = languages[language]
  const cached = caches.get(language) ?? new Map<string, readonly string[]>()
  caches.set(language, cached)
  for (const word of text.match(words) ?? []) {
    const known = cached.get(word)
    if (known !== undefined) {
      for (const term of known) terms.push(term)
      continue
    }
    const fresh = termsOf(word, rules)
    if (word.length <= maxTermLength) {
      if (cached.size >= maxCachedTerms) cached.clear()
      cached.set(word, fresh)
    }
    for (const term of fresh) terms.push(term)
  }
  return terms
}

function termsOf(word: string, rules: LanguageRules): readonly string[] {
  if (onlyAscii.test(word)) return termsOfName(word, rules)
  const folded = word.normalize('NFKD').replace(/(?<=\p{Script=Latin})\p{M}+/gu, '').replace(/[ßæœøłđ]/gi, (letter) => spelled[letter.toLowerCase()] ?? letter).normalize('NFC')
  const terms: string[] = []
  const rest = folded.replace(scriptsWithoutBlanks, (run) => {
    pushPairs(terms, run)
    return ' '
  })
  for (const part of rest.split(' ')) {
    if (part !== '') for (const term of termsOfName(part, rules)) terms.push(term)
  }
  return terms
}

function termsOfName(word: string, { elision, stopWords, stem }: LanguageRules): readonly string[] {
  const termOf = (part: string): readonly string[] => {
    const lower = part.toLowerCase()
    return lower === '' || stopWords.has(lower) ? [] : [stem(lower.slice(0, maxTermLength))]
  }
  const name = (elision === undefined ? word : word.replace(elision, '')).replace(/['’]s$/i, '').replace(/['’]/g, '')
  if (plainWord.test(name)) return termOf(name)
  if (/^[\d.,]+$/.test(name)) return [name.replaceAll(',', '').slice(0, maxTermLength)]
  const parts = name.match(partsOfName) ?? []
  const whole = termOf(name.replaceAll(/[_,]/g, ''))
  return parts.length < 2 ? whole : [...whole, ...parts.flatMap(termOf)]
}

/** Overlapping pairs of characters; a lone character stands for itself. */
function pushPairs(terms: string[], run: string): void {
  const characters = Array.from(run)
  if (characters.length === 1) terms.push(run)
  for (let index = 0; index + 1 < characters.length; index++) terms.push(characters[index]! + characters[index + 1]!)
}
