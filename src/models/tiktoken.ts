// STAND-IN by the lead, so that others can run while the owner works: replace the whole file.
import type { Tokenizer } from '../types/ports.ts'

export function encodingForModel(_model: string): string {
  return 'o200k_base'
}
export function tiktoken(encoding = 'o200k_base'): Tokenizer {
  return { id: encoding, exact: false, count: (text) => Math.ceil(text.length / 4) }
}
