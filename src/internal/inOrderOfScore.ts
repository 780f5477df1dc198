import type { Passage, ScoredPassage } from '../types/document.ts'

/** Best first, ties by document id and place, so that the same passages come in the same order however they were written. */
export function inOrderOfScore(passages: readonly ScoredPassage[]): ScoredPassage[] {
  return passages.toSorted((a, b) => b.score - a.score || byPlace(a, b))
}

/** By document id, then by where they stand in it. */
export function byPlace(a: Passage, b: Passage): number {
  return compare(a.documentId, b.documentId) || a.start - b.start
}

function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
