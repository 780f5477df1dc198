import { analyze } from '../../internal/analyze.ts'

/**
 * Remembers texts, and tells of a further one whether nearly the same was there.
 *
 * @param share Of the words of the shorter text that must be in the other.
 */
export function createRepetitionFilter(share = 0.8): (text: string) => boolean {
  const seen: ReadonlySet<string>[] = []
  return (text) => {
    const words = new Set(analyze(text))
    if (seen.some((other) => repeats(other, words, share))) return true
    seen.push(words)
    return false
  }
}

/** A few words inside a long text repeat it only when all of them are there and they are no mere pair. */
function repeats(first: ReadonlySet<string>, second: ReadonlySet<string>, share: number): boolean {
  const [small, large] = first.size <= second.size ? [first, second] : [second, first]
  if (small.size === 0) return false
  let shared = 0
  for (const word of small) if (large.has(word)) shared++
  return shared >= small.size * share && (small.size >= large.size * 0.6 || (shared === small.size && shared > 4))
}
