/** The beginning of a text that has more tokens than it may. */
export function cutToTokens(text: string, tokens: number, count: (text: string) => number): string {
  let kept = text
  while (kept !== '' && count(kept) > tokens) kept = kept.slice(0, Math.floor(kept.length * Math.min(0.9, tokens / count(kept)))).toWellFormed()
  return kept
}
