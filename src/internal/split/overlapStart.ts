import { isBlank } from '../characterKinds.ts'
import { sentenceEnds } from '../sentences.ts'
import { type Measure, beforeBlanks } from './measureUnits.ts'

/** How far back is looked: more characters have no tokenizer's tokens. */
const charactersPerToken = 16

/**
 * Where the repetition of the end of a passage begins: behind `from`, with as many whole sentences as fit into
 * `overlapTokens`, else as many words, else nothing.
 */
export function overlapStart(from: number, end: number, measure: Measure): number | undefined {
  const { text, overlapTokens, count } = measure
  if (overlapTokens === 0 || from >= end) return undefined
  const earliest = Math.max(from, end - overlapTokens * charactersPerToken)
  let best: number | undefined
  for (const start of sentenceEnds(text, earliest, end).slice(0, -1).toReversed()) {
    if (count(start, end) > overlapTokens) break
    best = start
  }
  return best ?? lastWords(earliest, end, measure)
}

function lastWords(from: number, end: number, { text, overlapTokens, count }: Measure): number | undefined {
  const starts: number[] = []
  let tokens = 0
  let counted = end
  for (let at = end - 1; at > from; at--) {
    if (!isBlank(text.charCodeAt(at - 1)) || isBlank(text.charCodeAt(at))) continue
    const edge = beforeBlanks(text, at)
    tokens += count(edge, counted)
    if (tokens > overlapTokens) break
    counted = edge
    starts.push(at)
  }
  // The sum may be too small where words join.
  return starts.toReversed().find((start) => count(start, end) <= overlapTokens)
}
