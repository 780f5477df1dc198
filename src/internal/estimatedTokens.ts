import { characterClass as is, classAt } from './characterClasses.ts'
import { type Counting, countPieces, createRunningCount } from './countPieces.ts'
import { o200kPieceEnd } from './preTokens.ts'
import type { Tokenizer } from '../types/ports.ts'

/** Estimates are summed as integers, so that the count of a growing text is exactly the estimate of the whole. */
const perToken = 16
/** Vocabularies hold most words up to about here; the rest of a longer one is cut small. */
const usualWord = 14
const longRule = 32

/**
 * Estimates tokens without tables, so it is there at once, on every platform: the words, numbers and marks that a modern
 * tokenizer would cut, each weighed by script and length. Within some 10 % of `o200k_base` for prose and code, 20 % for other
 * scripts; random letters and rare scripts may be off by half.
 */
export function estimatedTokens(): Tokenizer {
  return {
    id: 'estimated',
    exact: false,
    count: (text) => tokensOf(countPieces(text, counting)),
    counter: () => {
      const running = createRunningCount(counting)
      return { add: (text) => tokensOf(running.add(text)) }
    },
  }
}

const counting: Counting = { pieceEnd: o200kPieceEnd, countPiece: weightOfPiece }

function tokensOf(weight: number): number {
  return Math.ceil(weight / perToken)
}

/** At least one token. */
function weightOfPiece(text: string, start: number, end: number): number {
  const last = classAt(text, end - 1)
  if (last === is.number) return perToken
  if (last === is.blank || (last === is.lineBreak && classAt(text, start) !== is.symbol)) return perToken + ((end - start) >> 3)
  let weight = classAt(text, start) === is.symbol && last <= is.mark ? 6 : 0
  for (let at = start; at < end; at++) {
    const unit = text.charCodeAt(at)
    const isLetter = classAt(text, at) <= is.letter
    // A rule of dashes and the like is a few tokens, however long.
    if (!isLetter && at - start > longRule && unit === text.charCodeAt(at - 1)) continue
    weight += isLetter && at - start > usualWord ? Math.max(6, weightOf(unit)) : weightOf(unit)
  }
  return Math.max(perToken, weight)
}

/** Measured on o200k_base, in sixteenths of a token. */
function weightOf(unit: number): number {
  if (unit < 0x80) {
    if (unit >= 0x61 && unit <= 0x7a) return 2
    if (unit >= 0x41 && unit <= 0x5a) return 5
    return unit <= 0x20 ? 0 : 6
  }
  // Latin; Greek; Cyrillic; Hebrew, Arabic and the scripts of India; Thai and its neighbours; rarer ones.
  if (unit < 0x370) return 4
  if (unit < 0x400) return 6
  if (unit < 0x530) return 3
  if (unit < 0xe00) return 6
  if (unit < 0x1100) return 8
  if (unit < 0x2000) return 32
  // Punctuation and signs; Chinese, Japanese and Korean; halves of pairs, which are emoji for the most part.
  if (unit < 0x2e80) return 12
  if (unit < 0xd800) return 12
  return 14
}
