/** A token of the simulator: a word of up to 8 characters with the blanks before it. */
const token = String.raw`(?:\s*\S{1,8}|\s+)`

/** Cuts a text into pieces of so many tokens; joined they are the text. */
export function* piecesOf(text: string, tokensPerPiece: number): Generator<string> {
  const piece = new RegExp(`${token}{1,${tokensPerPiece}}`, 'uy')
  for (let start = 0; start < text.length; start = piece.lastIndex) {
    piece.test(text)
    yield text.slice(start, piece.lastIndex)
  }
}

export function countTokens(text: string): number {
  const one = new RegExp(token, 'uy')
  let count = 0
  while (one.test(text)) count++
  return count
}

/** Common words: each is one token of the usual tokenizers too. */
const words = ' the water runs over the stones and the light falls between the trees while a bird looks for small fish'
const wordsPerRound = countTokens(words)

/** A text of exactly so many tokens. */
export function textOfTokens(count: number): string {
  const rest = [...piecesOf(words, 1)].slice(0, count % wordsPerRound)
  return (words.repeat(Math.floor(count / wordsPerRound)) + rest.join('')).trimStart()
}
