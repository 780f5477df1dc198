import type { ScoredPassage } from '../types/document.ts'
import { sentenceEnds } from './sentences.ts'

/**
 * The beginning of a passage: its whole sentences within `maxCharacters`, or when the first is longer a part of it.
 * Offsets stay exact; `tokens` is the share of the passage's, rounded up and a quarter more.
 */
export function clipPassage(passage: ScoredPassage, maxCharacters: number): ScoredPassage {
  const { text, start, tokens } = passage
  if (text.length <= maxCharacters) return passage
  const wholeSentences = sentenceEnds(text, 0, maxCharacters).findLast((end) => end < maxCharacters)
  const kept = text.slice(0, wholeSentences ?? maxCharacters).trimEnd()
  // Half of a character is none.
  const clipped = kept.isWellFormed() ? kept : kept.slice(0, -1)
  const share = Math.ceil((tokens * clipped.length * 1.25) / text.length)
  return { ...passage, text: clipped, end: start + clipped.length, tokens: Math.min(tokens, share) }
}
