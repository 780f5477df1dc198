import type { Language } from '../types/ports.ts'
import { type LanguageRules, languages } from './languages.ts'
import { createPieceNumbers } from './pieceNumbers.ts'

/** Words with inner apostrophes, numbers with inner points, identifiers with underscores. */
const words = /[\p{L}\p{N}\p{M}_]+(?:(?:(?<=\p{L})['’](?=[\p{L}\p{N}])|(?<=\p{N})[.,](?=\p{N}))[\p{L}\p{N}\p{M}_]+)*/gu
/** Japanese, Chinese, Thai and their neighbours write no blanks; Korean writes them, but its particles end the words. */
const scriptsWithoutBlanks = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}ー]+/gu
const onlyAscii = /^[\x00-\x7f]*$/
const partsOfName = /[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+(?:\.\d+)*|[^\x00-\x7f]+/g
const plainWord = /^(?:[A-Z]?[a-z]+|[A-Z]+)$/

/** Latin letters that are not a letter with an accent. */
const spelled: Readonly<Record<string, string>> = { ß: 'ss', ẞ: 'ss', æ: 'ae', œ: 'oe', ø: 'o', ł: 'l', đ: 'd' }

const maxTermLength = 64

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
  const termsAt = knownTerms(language)
  for (let at = 0; at < text.length; at++) {
    const start = at
    while (at < text.length && kinds[text.charCodeAt(at)] !== between) at++
    let end = at
    while (end > start && kinds[text.charCodeAt(end - 1)] === inner) end--
    if (end > start) for (const term of termsAt(text, start, end)) terms.push(term)
  }
  return terms
}

const between = 1
const inner = 2
/** ASCII characters that stand in no word; and those that stand in one, but not last. */
const kinds = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code)
  return /[A-Za-z0-9_]/.test(character) ? 0 : "'.,".includes(character) ? inner : between
})

type TermsAt = (text: string, start: number, end: number) => readonly string[]

const maxLists = 50_000
const known = new Map<Language, TermsAt>()

/** The terms of a stretch of a text, whose ends no word goes across: each short stretch is looked at once, and found again without cutting it out. */
function knownTerms(language: Language): TermsAt {
  const termsAt = known.get(language) ?? createKnownTerms(languages[language])
  known.set(language, termsAt)
  return termsAt
}

function createKnownTerms(rules: LanguageRules): TermsAt {
  let lists: (readonly string[])[] = []
  const createNumbers = () => createPieceNumbers((stretch) => lists.push(wordsOf(stretch).flatMap((word) => termsOf(word, rules))) - 1)
  let numbers = createNumbers()
  const short: TermsAt = (text, start, end) => {
    if (lists.length >= maxLists) {
      lists = []
      numbers = createNumbers()
    }
    return lists[numbers(text, start, end)] ?? []
  }
  return (text, start, end) => {
    if (end - start <= maxTermLength) return short(text, start, end)
    return wordsOf(text.slice(start, end)).flatMap((word) => (word.length <= maxTermLength ? short(word, 0, word.length) : termsOf(word, rules)))
  }
}

function wordsOf(text: string): readonly string[] {
  return text.match(words) ?? []
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
