// STAND-IN by the lead, so that others can run while the owner works: replace the whole file.
import type { Tokenizer } from '../types/ports.ts'

export function estimatedTokens(): Tokenizer {
  return { id: 'estimated', exact: false, count: (text) => Math.ceil(text.length / 4) }
}
