import { defer, of } from 'rxjs'
import { analyze } from '../internal/analyze.ts'
import { extremes } from '../internal/extremes.ts'
import type { ScoredPassage } from '../types/document.ts'
import type { Reranker } from '../types/ports.ts'
import { smallestWindow } from './proximity/smallestWindow.ts'

/**
 * Weights of the sequential dependence model for single words, ordered pairs and near words (Metzler and Croft, "A Markov
 * Random Field Model for Term Dependencies", 2005); window and title count as nearness does. No weight was searched for, but which of these parts to add was chosen
 * among some 25 combinations, seen on Cranfield and NPL.
 */
const weights = { words: 0.85, pairs: 0.1, near: 0.05, window: 0.05, title: 0.05 }
/** Terms that a pair may be apart to be near: a window of eight, as in that paper. */
const nearTerms = 7

/**
 * An offline reranker: how the terms of the question stand together in a passage, which no score of single words knows.
 *
 * The score is the sum, weighted, of five numbers from 0 to 1:
 * - words: the score of the first ranking, as a share of the best one;
 * - pairs: terms that follow one another in the question and do so in the passage, n of them counting n / (n + 1);
 * - near: the same pairs within eight terms, in any order;
 * - window: the share of the question's terms that the passage has, times their density in the shortest run that holds them all;
 * - title: the share of the terms that are in title and headings.
 *
 * A term weighs as it is rare among the passages given. Terms are those of the word search: stems, without stop words.
 * Passages that equal each other in all this keep their order. The same on every machine; 40 passages take a few milliseconds.
 *
 * - Order: as given, with new scores. Memory: the terms of the passages. Drop: nothing to end; each request is one turn.
 *
 * @example
 * query$.pipe(retrieve(store, { topK: 50 }), rerank(proximity(), { topK: 5 }))
 */
export function proximity(): Reranker {
  return { rerank: (question, passages) => defer(() => of(scored(analyze(question), passages))) }
}

function scored(question: readonly string[], passages: readonly ScoredPassage[]): ScoredPassage[] {
  const asked = new Set(question)
  const read = passages.map((passage) => {
    const head = analyze([passage.title ?? '', ...passage.headings].join('\n'))
    return { passage, head: new Set(head), places: placesOf(asked, [...head, ...analyze(passage.text)]) }
  })
  const rarity = new Map(Array.from(asked, (term) => [term, idf(passages.length, read.filter(({ places }) => places.has(term)).length)]))
  const weigh = (terms: Iterable<string>) => sum(Array.from(terms, (term) => rarity.get(term) ?? 0))
  const all = weigh(asked)
  const pairs = question.slice(1).flatMap((next, index) => (next === question[index] ? [] : [[question[index] ?? '', next] as const]))
  const allPairs = weigh(pairs.flat())
  const { highest: best } = extremes(passages.map(({ score }) => score))

  return read.map(({ passage, head, places }) => {
    const pairsWithin = (least: number, most: number) =>
      share(sum(pairs.map((pair) => weigh(pair) * saturated(timesWithin(places, pair, least, most)))), allPairs)
    // One term of several is dense by itself and says nothing of how they stand together.
    const density = places.size < Math.min(2, asked.size) ? 0 : share(places.size, smallestWindow(places))
    const score =
      weights.words * (best > 0 ? Math.max(0, passage.score / best) : 0) +
      weights.pairs * pairsWithin(1, 1) +
      weights.near * pairsWithin(-nearTerms, nearTerms) +
      weights.window * share(weigh(places.keys()), all) * density +
      weights.title * share(weigh([...asked].filter((term) => head.has(term))), all)
    return { ...passage, score }
  })
}

/** Where the terms that are asked for stand, counted in terms. */
function placesOf(asked: ReadonlySet<string>, terms: readonly string[]): Map<string, number[]> {
  const places = new Map<string, number[]>()
  for (const [place, term] of terms.entries()) {
    if (!asked.has(term)) continue
    const known = places.get(term)
    if (known === undefined) places.set(term, [place])
    else known.push(place)
  }
  return places
}

/** How many of the first term have the next one so many places behind them. */
function timesWithin(places: ReadonlyMap<string, readonly number[]>, [first, next]: readonly [string, string], least: number, most: number): number {
  const others = places.get(next) ?? []
  let from = 0
  return (places.get(first) ?? []).filter((place) => {
    while ((others[from] ?? Infinity) < place + least) from++
    return (others[from] ?? Infinity) <= place + most
  }).length
}

/** As in BM25; positive also for a term that most passages have. */
function idf(passages: number, having: number): number {
  return Math.log(1 + (passages - having + 0.5) / (having + 0.5))
}

function saturated(count: number): number {
  return count / (count + 1)
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
