import type { PieceEnd } from './preTokens.ts'

// Quantifiers are bounded as `longestRun` is. `(?i:)` is unknown to Node 22; \s is not the tokenizers' white space.
const contraction = `'(?:[sSſtTmMdD]|[rR][eE]|[vV][eE]|[lL][lL])`
const symbol = String.raw`[^\p{White_Space}\p{L}\p{N}]`
const blanks = String.raw`\p{White_Space}{1,512}(?!\P{White_Space})|\p{White_Space}{1,512}`

const cl100k = [
  contraction,
  String.raw`[^\r\n\p{L}\p{N}]?\p{L}{1,512}`,
  String.raw`\p{N}{1,3}`,
  String.raw` ?${symbol}{1,512}[\r\n]{0,512}`,
  String.raw`\p{White_Space}{0,512}[\r\n]{1,512}`,
  blanks,
]
const gpt2 = [`'(?:[stmd]|re|ve|ll)`, String.raw` ?\p{L}{1,512}`, String.raw` ?\p{N}{1,512}`, ` ?${symbol}{1,512}`, blanks]

/** The pre-tokens of `cl100k_base`. */
export const cl100kPieceEnd: PieceEnd = matcher(cl100k)

/** The pre-tokens of `gpt2`, `r50k_base`, `p50k_base` and `p50k_edit`. */
export const gpt2PieceEnd: PieceEnd = matcher(gpt2)

function matcher(alternatives: readonly string[]): PieceEnd {
  const pattern = new RegExp(alternatives.join('|'), 'uy')
  return (text, start) => {
    pattern.lastIndex = start
    return pattern.test(text) ? pattern.lastIndex : start + 1
  }
}
