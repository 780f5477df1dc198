import { existsSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Completion } from '../types/completion.ts'
import type { ScoredPassage } from '../types/document.ts'
import { dim, link, note, safe } from './print.ts'

/**
 * The passages that the answer cites, a line each: number, path and line, headings. A model that cites none has read them
 * all; quotations without a citation are none. Of an answer in parts each part counts its own.
 */
export function printSources(completion: Completion): void {
  const { sources, usage } = completion
  const cited = citedIn(completion)
  const quotesOnly = usage?.calls.every(({ model }) => model === 'extractive') === true
  if (sources.length === 0 || (cited.length === 0 && quotesOnly)) return
  note(cited.length > 0 ? '\nSources' : '\nRead, but not cited')
  const shown = cited.length > 0 ? cited : sources.map((passage, index): Cited => ({ label: `[${index + 1}]`, passage }))
  for (const { label, passage, quote } of shown) {
    const titles = [passage.title, ...passage.headings].filter((title) => title !== undefined)
    const about = titles.filter((title, level) => title !== titles[level - 1]).map(safe).join(' > ')
    note(`  ${label} ${link(place(passage, quote), passage.uri)}${about === '' ? '' : dim(`  ${about.slice(0, 100).toWellFormed()}`)}`)
  }
}

interface Cited {
  readonly label: string
  readonly passage: ScoredPassage
  readonly quote?: string | undefined
}

/** What is cited, by part and number, each with the first quote of it. */
function citedIn({ citations, sources }: Completion): Cited[] {
  const passages = new Map(sources.map((passage) => [passage.id, passage]))
  const cited = new Map<string, Cited>()
  const inOrder = citations.toSorted((a, b) => Number(a.part ?? 0) - Number(b.part ?? 0) || a.marker - b.marker)
  for (const { marker, part, passageId, quote } of inOrder) {
    const label = part === undefined ? `[${marker}]` : `part ${part} [${marker}]`
    const passage = passageId === undefined ? undefined : passages.get(passageId)
    if (passage !== undefined && !cited.has(label)) cited.set(label, { label, passage, quote })
  }
  return [...cited.values()]
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
