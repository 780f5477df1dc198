import { analyze } from './analyze.ts'
import { sentenceEnds } from './sentences.ts'

/** Longer ones are quoted up to here. */
const maxQuote = 400
/** Share of the statement's words, or so many of them, below which a sentence says something else. */
const minShare = 0.3
const minTerms = 3

interface Sentence {
  readonly text: string
  readonly terms: ReadonlySet<string>
}

/**
 * Finds the sentence of a passage that has most words in common with a statement, weighed by how rare they are in the passage;
 * the first of several. Undefined when none has enough of them. Each passage is analysed once.
 */
export function createQuoteFinder(): (statement: string, passage: string) => string | undefined {
  const known = new Map<string, readonly Sentence[]>()
  const sentencesOf = (passage: string) => {
    const sentences = known.get(passage) ?? analyzedSentences(passage)
    known.set(passage, sentences)
    return sentences
  }

  return (statement, passage) => {
    const wanted = new Set(analyze(statement))
    const sentences = sentencesOf(passage)
    const weights = new Map([...wanted].map((term) => [term, 1 / sentences.filter(({ terms }) => terms.has(term)).length]))
    let best: { text: string; weight: number } | undefined
    for (const { text, terms } of sentences) {
      const common = [...wanted].filter((term) => terms.has(term))
      if (common.length === 0 || (common.length < minTerms && common.length / wanted.size < minShare)) continue
      const weight = common.reduce((sum, term) => sum + (weights.get(term) ?? 0), 0)
      if (weight > (best?.weight ?? 0)) best = { text, weight }
    }
    return best && (best.text.length > maxQuote ? best.text.slice(0, maxQuote).toWellFormed() : best.text)
  }
}

function analyzedSentences(passage: string): Sentence[] {
  let start = 0
  return sentenceEnds(passage).map((end) => {
    const text = passage.slice(start, end).trim()
    start = end
    return { text, terms: new Set(analyze(text)) }
  })
}
