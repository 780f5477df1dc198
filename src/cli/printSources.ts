import { existsSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Completion } from '../types/completion.ts'
import type { ScoredPassage } from '../types/document.ts'
import { dim, link, note, safe } from './print.ts'

/** The passages that the answer cites, or else all that were read, a line each: number, path and line, headings. */
export function printSources({ sources, citations, text }: Completion): void {
  const cited = new Set(citations.filter(({ valid }) => valid).map(({ marker }) => marker))
  const mentioned = cited.size > 0 ? cited : new Set([...text.matchAll(/\[(\d{1,3})\]/g)].map(([, number]) => Number(number)))
  const numbered = sources.map((passage, index) => ({ passage, marker: index + 1 }))
  const shown = mentioned.size > 0 ? numbered.filter(({ marker }) => mentioned.has(marker)) : []
  if (shown.length === 0) return
  note('\nSources')
  for (const { passage, marker } of shown) {
    const about = [passage.title, ...passage.headings].filter((part, index, all) => part !== undefined && part !== all[index - 1]).map((part) => safe(part ?? ''))
    note(`  [${marker}] ${link(place(passage), passage.uri)}${about.length === 0 ? '' : dim(`  ${about.join(' > ').slice(0, 100)}`)}`)
  }
}

/** Path as it is seen from here, with line or page. */
export function place(passage: ScoredPassage): string {
  const where = passage.page === undefined ? `:${passage.line}` : ` page ${passage.page}`
  return safe(pathOf(passage)) + where
}

function pathOf({ uri, documentId }: ScoredPassage): string {
  if (uri === undefined || !uri.startsWith('file:')) return documentId
  const path = fileURLToPath(uri)
  const seen = relative('.', path)
  return existsSync(path) ? (seen.startsWith('../../..') ? path : seen) : documentId
}
