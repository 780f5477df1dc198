import { stem } from './stem.ts'
import { stopWords } from './stopWords.ts'

/** Words with inner apostrophes, numbers with inner points, identifiers with underscores. */
const words = /[\p{L}\p{N}\p{M}_]+(?:['’.,](?<=\p{L}['’]|\p{N}[.,])(?=[\p{L}\p{N}])[\p{L}\p{N}\p{M}_]+)*/gu
const scriptsWithoutBlanks = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}ー]+/gu
const onlyAscii = /^[\x00-\x7f]*$/
const partsOfName = /[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+(?:\.\d+)*|[^\x00-\x7f]+/g
const plainWord = /^(?:[A-Z]?[a-z]+|[A-Z]+)$/

const maxCachedTerms = 100_000
const maxTermLength = 64
const cached = new Map<string, readonly string[]>()

/**
 * The search terms of a text, in order, repeated as they are repeated: what BM25 indexes and what a question is
 * reduced to.
 *
 * Unicode words in lower case without accents and possessive `'s`, English stop words out, English stems.
 * Identifiers give their parts and the whole: `mergeMap` is `mergemap`, `merg`, `map`. Scripts that write no blanks
 * give pairs of characters. Terms hold letters, digits, `_`, and `.` inside numbers; longer ones are cut at 64.
 */
export function analyze(text: string): string[] {
  const terms: string[] = []
  for (const word of text.match(words) ?? []) {
    const known = cached.get(word)
    if (known !== undefined) {
      for (const term of known) terms.push(term)
      continue
    }
    const fresh = termsOf(word)
    if (word.length <= maxTermLength) {
      if (cached.size >= maxCachedTerms) cached.clear()
      cached.set(word, fresh)
    }
    for (const term of fresh) terms.push(term)
  }
  return terms
}

function termsOf(word: string): readonly string[] {
  if (onlyAscii.test(word)) return termsOfName(word)
  const folded = word.normalize('NFKD').replace(/(?<=\p{Script=Latin})\p{M}+/gu, '').normalize('NFC')
  const terms: string[] = []
  const rest = folded.replace(scriptsWithoutBlanks, (run) => {
    pushPairs(terms, run)
    return ' '
  })
  for (const part of rest.split(' ')) {
    if (part !== '') for (const term of termsOfName(part)) terms.push(term)
  }
  return terms
}

function termsOfName(word: string): readonly string[] {
  const name = word.replace(/['’]s$/i, '').replace(/['’]/g, '')
  if (plainWord.test(name)) return termOf(name)
  if (/^[\d.,]+$/.test(name)) return [name.replaceAll(',', '').slice(0, maxTermLength)]
  const parts = name.match(partsOfName) ?? []
  const whole = termOf(name.replaceAll(/[_,]/g, ''))
  return parts.length < 2 ? whole : [...whole, ...parts.flatMap(termOf)]
}

function termOf(word: string): readonly string[] {
  const lower = word.toLowerCase()
  if (stopWords.has(lower)) return []
  return lower === '' ? [] : [stem(lower.slice(0, maxTermLength))]
}

/** Overlapping pairs of characters; a lone character stands for itself. */
function pushPairs(terms: string[], run: string): void {
  const characters = Array.from(run)
  if (characters.length === 1) terms.push(run)
  for (let index = 0; index + 1 < characters.length; index++) terms.push(characters[index]! + characters[index + 1]!)
}
