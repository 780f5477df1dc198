import { analyze } from '../../internal/analyze.ts'
import { stopWords } from '../../internal/stopWords.ts'
import { isCommonWord, isFramingWord } from './commonWords.ts'

interface Word {
  readonly surface: string
  readonly term: string
  /** First of its sentence: its capital says nothing. */
  readonly first: boolean
  /** Too general to begin or end a phrase. */
  readonly general: boolean
}

interface Phrase {
  readonly words: readonly Word[]
  count: number
}

const maxWords = 3
/** A word, or what ends a phrase. */
const tokens = /[\p{L}\p{N}_]+(?:['’-][\p{L}\p{N}_]+)*|[^\p{L}\p{N}_\s]+/gu
const maxSurface = 40
const contraction = /['’](?:re|ve|ll|d|m|t)$/i

/**
 * The phrases of up to three words that tell a text apart from others, best first, no two sharing a word.
 *
 * A phrase counts more when it is repeated, when its words are rare in the other texts, and when it is no single word;
 * it never begins or ends with a stop word or a general word.
 *
 * @param rarity Of a search term among the texts: higher is rarer.
 */
export function keyPhrases(sentences: readonly string[], rarity: (term: string) => number, count: number): string[] {
  const phrases = new Map<string, Phrase>()
  const frequencies = new Map<string, number>()
  for (const sentence of sentences) {
    for (const run of runsOf(sentence)) {
      for (const { term } of run) frequencies.set(term, (frequencies.get(term) ?? 0) + 1)
      addPhrases(phrases, run)
    }
  }
  const weightOf = ({ term, surface, first, general }: Word) => {
    const name = !first && /^\p{Lu}/u.test(surface) ? 1.25 : 1
    return rarity(term) * (general ? 0.3 : 1) * name * (1 + 0.5 * Math.log(frequencies.get(term) ?? 1))
  }
  const scored = [...phrases.values()].map((phrase) => {
    const sum = phrase.words.reduce((total, word) => total + weightOf(word), 0)
    const score = phrase.words.length === 1 ? sum * 0.8 : (sum / phrase.words.length ** 0.4) * (1 + Math.log(phrase.count))
    return { phrase, score }
  })
  const taken = new Set<string>()
  const best: string[] = []
  for (const { phrase } of scored.toSorted((a, b) => b.score - a.score)) {
    if (best.length >= count) break
    if (phrase.words.some(({ term }) => taken.has(term))) continue
    for (const { term } of phrase.words) taken.add(term)
    best.push(shown(phrase))
  }
  return best
}

/** The words between stop words and punctuation. */
function runsOf(sentence: string): Word[][] {
  const runs: Word[][] = [[]]
  let first = true
  for (const surface of sentence.match(tokens) ?? []) {
    const [term] = /^[\p{L}\p{N}_]/u.test(surface) && surface.length <= maxSurface ? analyze(surface) : []
    if (term === undefined || stopWords.english.has(surface.toLowerCase()) || contraction.test(surface)) runs.push([])
    else runs.at(-1)?.push({ surface, term, first, general: isGeneral(surface, term) })
    first = false
  }
  return runs.filter((run) => run.length > 0)
}

function isGeneral(surface: string, term: string): boolean {
  return isCommonWord(term) || isFramingWord(term) || /^\p{N}|ly$/u.test(surface) || surface.length < 3
}

function addPhrases(phrases: Map<string, Phrase>, run: readonly Word[]): void {
  for (let start = 0; start < run.length; start++) {
    if (run[start]?.general !== false) continue
    for (let end = start + 1; end <= Math.min(run.length, start + maxWords); end++) {
      if (run[end - 1]?.general !== false) continue
      const words = run.slice(start, end)
      const key = words.map(({ term }) => term).join(' ')
      const known = phrases.get(key)
      if (known === undefined) phrases.set(key, { words, count: 1 })
      else known.count++
    }
  }
}

/** A capital at the head of a sentence is taken back, except from a word that stands alone: that may be a name. */
function shown({ words }: Phrase): string {
  const text = words.map(({ surface }) => surface).join(' ')
  const [first, second] = words
  const isPlain = first?.first === true && /^\p{Lu}\p{Ll}+$/u.test(first.surface)
  const lowers = isPlain && second !== undefined && !/^\p{Lu}/u.test(second.surface)
  return lowers ? text.charAt(0).toLowerCase() + text.slice(1) : text
}
