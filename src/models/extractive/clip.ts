import { analyze } from '../../internal/analyze.ts'

export interface Clipped {
  readonly text: string
  readonly cutBefore: boolean
  readonly cutAfter: boolean
}

/** What is longer than `longest` is cut to `windowLength`. */
export interface ClipLimits {
  readonly longest: number
  readonly windowLength: number
}

const limitsOfQuotes: ClipLimits = { longest: 700, windowLength: 450 }
const wordPattern = /\S+/g

/** Of a text that is too long to be quoted whole, the stretch of whole words that holds most of the wanted terms. */
export function clip(text: string, wanted: ReadonlySet<string>, limits = limitsOfQuotes): Clipped {
  const { longest, windowLength } = limits
  if (text.length <= longest) return { text, cutBefore: false, cutAfter: false }
  const words: { start: number; end: number; hit: boolean }[] = []
  for (const match of text.matchAll(wordPattern)) {
    for (let start = match.index; start < match.index + match[0].length; start += windowLength) {
      const end = Math.min(start + windowLength, match.index + match[0].length)
      words.push({ start, end, hit: analyze(text.slice(start, end)).some((term) => wanted.has(term)) })
    }
  }
  const hits = words.filter(({ hit }) => hit)
  // Of the runs of hits that fit into the window, the one with most; of equals the first.
  let best = { count: 0, middle: 0 }
  for (let first = 0, end = 0; first < hits.length; first++) {
    const start = hits[first]?.start ?? 0
    while ((hits[end]?.end ?? Infinity) - start <= windowLength) end++
    if (end - first > best.count) best = { count: end - first, middle: (start + (hits[end - 1]?.end ?? start)) / 2 }
  }
  const from = Math.max(0, Math.min(best.middle - windowLength / 2, text.length - windowLength))
  const inside = words.filter(({ start, end }) => start >= from && end <= from + windowLength)
  const start = wholeCharacter(text, inside[0]?.start ?? 0)
  const end = wholeCharacter(text, inside.at(-1)?.end ?? windowLength)
  return { text: text.slice(start, end), cutBefore: start > 0, cutAfter: end < text.length }
}

/** Moves an offset out of the middle of a surrogate pair. */
function wholeCharacter(text: string, offset: number): number {
  const code = text.charCodeAt(offset)
  return code >= 0xdc00 && code < 0xe000 ? offset + 1 : offset
}
