import { existsSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Completion } from '../types/completion.ts'
import type { ScoredPassage } from '../types/document.ts'
import { dim, link, note, safe } from './print.ts'

/**
 * The passages that the answer cites, a line each: number, path and line, headings. A model that cites none has read them
 * all; quotations without a citation are none.
 */
export function printSources(completion: Completion): void {
  const cited = citedBy(completion)
  const quotesOnly = completion.usage?.calls.every(({ model }) => model === 'extractive') === true
  if (completion.sources.length === 0 || (cited.size === 0 && quotesOnly)) return
  note(cited.size > 0 ? '\nSources' : '\nRead, but not cited')
  for (const [index, passage] of completion.sources.entries()) {
    const marker = index + 1
    if (cited.size > 0 && !cited.has(marker)) continue
    const titles = [passage.title, ...passage.headings].filter((title) => title !== undefined)
    const about = titles.filter((title, level) => title !== titles[level - 1]).map(safe).join(' > ')
    note(`  [${marker}] ${link(place(passage, cited.get(marker)), passage.uri)}${about === '' ? '' : dim(`  ${about.slice(0, 100)}`)}`)
  }
}

/** Numbers of the passages that are cited, with the first quote of each where the answer has one. */
function citedBy({ citations, text }: Completion): Map<number, string | undefined> {
  const valid = citations.filter((citation) => citation.valid)
  if (valid.length > 0) return new Map(valid.toReversed().map(({ marker, quote }) => [marker, quote]))
  return new Map([...text.matchAll(/\[(\d{1,3})\]/g)].map(([, number]) => [Number(number), undefined]))
}

/** Path as it is seen from here, with page, or the line of the quote, or else of the passage. */
export function place(passage: ScoredPassage, quote = ''): string {
  const before = Math.max(0, passage.text.indexOf(quote.slice(0, 40)))
  const line = passage.line + passage.text.slice(0, before).split('\n').length - 1
  return safe(pathOf(passage)) + (passage.page === undefined ? `:${line}` : ` page ${passage.page}`)
}

function pathOf({ uri, documentId }: ScoredPassage): string {
  if (uri === undefined || !uri.startsWith('file:')) return documentId
  const path = fileURLToPath(uri)
  const seen = relative('.', path)
  return existsSync(path) ? (seen.startsWith('../../..') ? path : seen) : documentId
}
