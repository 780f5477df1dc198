import { utf8Length } from '../../internal/utf8Length.ts'

/** A usual estimate for English. */
export const bytesPerToken = 4

export function estimateTokens(texts: readonly string[]): number {
  return Math.ceil(texts.reduce((bytes, text) => bytes + utf8Length(text), 0) / bytesPerToken)
}
