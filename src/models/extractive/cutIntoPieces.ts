/** Up to four words with the blanks behind them; what has no blanks is cut at 200 units, never inside a character. */
const pieces = /\s*(?:\S{1,100}(?:[ \t]+|$)){1,4}|\s*[^]{1,200}/gu

/** Cuts a text into pieces as a model would send them. Joined, they are the text. */
export function cutIntoPieces(text: string): string[] {
  return text.match(pieces) ?? []
}
