/** The beginning of a text that has more tokens than it may. */
export function cutToTokens(text: string, tokens: number, count: (text: string) => number): string {
  let kept = text
  for (let has = count(kept); kept !== '' && has > tokens; has = count(kept)) {
    kept = kept.slice(0, Math.floor(kept.length * Math.min(0.9, tokens / has))).toWellFormed()
  }
  return kept
}
