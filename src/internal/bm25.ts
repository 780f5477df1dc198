import { bestFirst } from './bestFirst.ts'
import type { RankedPassage } from './rankPassages.ts'
import type { SearchWords } from './searchWords.ts'
import { type Bm25Options, createZeros, weighTerms } from './weighTerms.ts'

/** BM25 over an index held in memory. */
export interface Bm25 {
  /** Adds the terms of a passage under a number of the caller's; numbers are used once. */
  add(passage: number, terms: readonly string[]): void
  remove(passage: number): void
  /** The best passages that hold one of the terms, and all phrases when there is a passage that does. `tied` orders passages of one score; default: by number. */
  search(words: SearchWords, count: number, accepts?: (passage: number) => boolean, tied?: (a: number, b: number) => number): RankedPassage[]
}

interface TermList {
  pairs: Uint32Array
  size: number
  passages: number
}

/**
 * Places are given in the order of adding. A passage that is removed keeps its place, empty, until such places are half of
 * all. Memory: 4 bytes for each term of a passage in order, which phrases and removals are checked on, and 8 to 16 for each
 * different one.
 */
export function createBm25(options: Bm25Options = {}): Bm25 {
  let ids = new Map<string, number>()
  let names: string[] = []
  let lists: TermList[] = []
  let places = new Map<number, number>()
  let passages: number[] = []
  let texts: (Uint32Array | undefined)[] = []
  let lengths: number[] = []
  let totalLength = 0
  const zeros = createZeros()

  const idOf = (term: string): number => {
    const known = ids.get(term)
    if (known !== undefined) return known
    ids.set(term, names.length)
    names.push(term)
    return lists.push({ pairs: new Uint32Array(4), size: 0, passages: 0 }) - 1
  }
  const put = (passage: number, text: Uint32Array): void => {
    const place = passages.length
    places.set(passage, place)
    passages.push(passage)
    texts.push(text)
    lengths.push(text.length)
    totalLength += text.length
    for (const id of text) count(lists[id]!, place)
  }
  /** Without the empty places. */
  const rebuild = (): void => {
    const [oldNames, oldPassages, oldTexts] = [names, passages, texts]
    ids = new Map()
    names = []
    lists = []
    places = new Map()
    passages = []
    texts = []
    lengths = []
    totalLength = 0
    for (const [place, text] of oldTexts.entries()) {
      if (text !== undefined) put(oldPassages[place]!, text.map((id) => idOf(oldNames[id]!)))
    }
  }
  const listsOf = (terms: readonly string[]): TermList[] =>
    [...new Set(terms)].flatMap((term) => {
      const list = lists[ids.get(term) ?? -1]
      return list === undefined || list.passages === 0 ? [] : [list]
    })
  const accepted = (accepts: ((passage: number) => boolean) | undefined) => (place: number) =>
    texts[place] !== undefined && (accepts === undefined || accepts(passages[place]!))

  /** The places that hold all phrases. */
  const placesWith = (phrases: SearchWords['phrases'], accepts: (place: number) => boolean): Set<number> => {
    const wanted = phrases.map((phrase) => phrase.map((term) => ids.get(term) ?? -1))
    const found = new Set<number>()
    const shortest = listsOf(phrases.flat()).toSorted((a, b) => a.size - b.size)[0]
    if (shortest === undefined || wanted.some((phrase) => phrase.includes(-1))) return found
    for (let index = 0; index < shortest.size; index += 2) {
      const place = shortest.pairs[index]!
      if (accepts(place) && wanted.every((phrase) => holdsPhrase(texts[place]!, phrase))) found.add(place)
    }
    return found
  }

  return {
    add(passage, terms) {
      const text = new Uint32Array(terms.length)
      for (let index = 0; index < terms.length; index++) text[index] = idOf(terms[index]!)
      put(passage, text)
    },
    remove(passage) {
      const place = places.get(passage)
      const text = place === undefined ? undefined : texts[place]
      if (place === undefined || text === undefined) return
      places.delete(passage)
      texts[place] = undefined
      lengths[place] = 0
      totalLength -= text.length
      for (const id of new Set(text)) lists[id]!.passages--
      if (passages.length > 64 && places.size < passages.length / 2) rebuild()
    },
    search({ terms, phrases }, count, accepts, tied = (a, b) => a - b) {
      const lists = listsOf(terms)
      if (lists.length === 0) return []
      const accept = accepted(accepts)
      const holders = phrases.length === 0 ? undefined : placesWith(phrases, accept)
      const scores = weighTerms(zeros(passages.length), lists, { lengths, passages: places.size, totalLength }, options)
      const best = bestFirst(scores, count, holders === undefined || holders.size === 0 ? accept : (place) => holders.has(place), (a, b) => tied(passages[a]!, passages[b]!))
      return best.map(({ place, score }) => ({ passage: passages[place]!, score }))
    },
  }
}

function count(list: TermList, place: number): void {
  const { size } = list
  if (size > 0 && list.pairs[size - 2] === place) {
    list.pairs[size - 1]!++
    return
  }
  if (size === list.pairs.length) {
    const larger = new Uint32Array(size * 2)
    larger.set(list.pairs)
    list.pairs = larger
  }
  list.pairs[size] = place
  list.pairs[size + 1] = 1
  list.size += 2
  list.passages++
}

function holdsPhrase(text: Uint32Array, phrase: readonly number[]): boolean {
  for (let start = text.indexOf(phrase[0]!); start !== -1; start = text.indexOf(phrase[0]!, start + 1)) {
    if (phrase.every((id, offset) => text[start + offset] === id)) return true
  }
  return false
}
