import type { ScoredPassage } from '../../types/document.ts'
import { folded } from './unitsOf.ts'

const maxLength = 160

/** Where a quote stands: `Title › Heading (document, page 3)`. */
export function originOf({ title, documentId, page }: ScoredPassage, headings: readonly string[]): string {
  const path = title === undefined || folded(headings[0] ?? '') === folded(title) ? headings : [title, ...headings]
  const file = page === undefined ? documentId : `${documentId}, page ${page}`
  return path.length === 0 ? folded(file) : `${shortened(path.map(folded).join(' › '))} (${folded(file)})`
}

function shortened(path: string): string {
  return path.length <= maxLength ? path : `${Array.from(path).slice(0, maxLength).join('')}…`
}
