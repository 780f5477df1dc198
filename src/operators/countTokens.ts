// STAND-IN by the lead, so that others can run while the owner works: replace the whole file.
import { type OperatorFunction, scan } from 'rxjs'
import type { Tokenizer } from '../types/ports.ts'

export function countTokens(tokenizer: Tokenizer): OperatorFunction<string, number> {
  return scan((sum, text) => sum + tokenizer.count(text), 0)
}
