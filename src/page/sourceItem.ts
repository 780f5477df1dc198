import type { ScoredPassage } from '../types/document.ts'
import { element } from './dom.ts'

/** Opens a passage in its document, with the words that an answer stands on; the focus comes back to `opener`. */
export type OpenPassage = (passageId: string, quote: string | undefined, opener: HTMLElement) => void

const maxSnippet = 160

/** A source in the list beside an answer: a button that opens the passage in its document. */
export function sourceItem(passage: ScoredPassage, number: number, cited: { readonly quote: string | undefined } | undefined, open: OpenPassage): HTMLLIElement {
  const { id, documentId, title, headings, page, text } = passage
  const name = title ?? documentId
  const place = [...headings.filter((heading) => heading !== name), ...(page === undefined ? [] : [`page ${page}`])].join(' › ')
  const button = element(
    'button', { type: 'button', class: 'source', 'data-cited': cited !== undefined },
    element('span', { class: 'number' }, String(number)),
    element('span', { class: 'name', dir: 'auto' }, name),
    place !== '' && element('span', { class: 'place', dir: 'auto' }, place),
    element('span', { class: 'snippet', dir: 'auto' }, snippetOf(text)),
    cited !== undefined && element('span', { class: 'unseen' }, 'Cited.'),
  )
  button.addEventListener('click', () => open(id, cited?.quote, button))
  return element('li', {}, button)
}

function snippetOf(text: string): string {
  // Without its heading, and without marks of Markdown, which are for the reader of the whole.
  const words = text.slice(0, maxSnippet * 3).replace(/^#+ .*$/m, '').replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/[`*]+/g, '').replace(/[|#>]+|-{3,}|^ *- /gm, ' ')
  const line = words.replace(/\s+/g, ' ').trim()
  return line.length > maxSnippet ? `${line.slice(0, maxSnippet).trimEnd()}…` : line
}
