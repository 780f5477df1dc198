import type { Tokenizer } from '../types/ports.ts'
import { utf8Length } from './utf8Length.ts'

/** Tokens of a text: as the tokenizer counts, else its bytes, which are at least as many. */
export function tokenCost(tokenizer: Tokenizer | undefined): (text: string) => number {
  return tokenizer === undefined ? utf8Length : (text) => tokenizer.count(text)
}
