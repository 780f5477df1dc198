import type { Api, OpenedPassage } from './api.ts'
import { byId, element, setText } from './dom.ts'
import { safeUrl } from './markdown/safeUrl.ts'
import { type Piece, piecesOf } from './pieces.ts'

export interface Reader {
  /** Opens the document of a passage at it; `quote` is marked within. The focus goes back to `opener` at the end. */
  open(passageId: string, quote: string | undefined, opener: HTMLElement): Promise<void>
}

/** The dialog that shows a passage marked in its document. */
export function createReader(api: Api): Reader {
  const dialog = byId('reader', HTMLDialogElement)
  const title = byId('reader-title')
  const place = byId('reader-place')
  const text = byId('reader-text')
  let opener: HTMLElement | undefined
  /** Only the last that was asked for is shown. */
  let wanted = 0

  byId('reader-close').addEventListener('click', () => dialog.close())
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close()
  })
  dialog.addEventListener('close', () => {
    // Browsers that do not focus a button when it is clicked cannot go back to it by themselves.
    if (document.activeElement === document.body) opener?.focus({ preventScroll: true })
  })

  const show = (opened: OpenedPassage, quote: string | undefined) => {
    const passage = opened.passages.find(({ id }) => id === opened.id)
    const name = opened.title ?? opened.documentId
    setText(title, name)
    const where = [...(passage?.headings ?? []).filter((heading) => heading !== name), passage?.page === undefined ? `line ${passage?.line ?? 1}` : `page ${passage.page}`]
    setText(place, [...(name === opened.documentId ? [] : [opened.documentId]), ...where].join(' · '))
    const address = safeUrl(opened.uri ?? '')
    if (address !== undefined) place.append(' · ', element('a', { href: address, rel: 'noopener noreferrer', target: '_blank' }, 'Open the original'))
    const pieces = piecesOf(opened, quote).map(drawPiece)
    const edge = (words: string) => element('p', { class: 'edge' }, words)
    text.replaceChildren(...(opened.more.before ? [edge('The document begins above')] : []), element('div', { class: 'document', dir: 'auto' }, ...pieces), ...(opened.more.after ? [edge('The document goes on')] : []))
    const quoted = text.querySelector('mark.quote')
    if (quoted === null) text.querySelector('mark')?.scrollIntoView({ block: 'start' })
    else quoted.scrollIntoView({ block: 'center' })
    text.focus({ preventScroll: true })
  }

  return {
    async open(passageId, quote, from) {
      wanted++
      const number = wanted
      opener = from
      setText(title, 'Opening')
      setText(place, '')
      text.replaceChildren()
      if (!dialog.open) dialog.showModal()
      try {
        const opened = await api.passage(passageId)
        if (number === wanted) show(opened, quote)
      } catch (error) {
        if (number !== wanted) return
        setText(title, 'It cannot be opened')
        text.replaceChildren(element('p', { class: 'edge', role: 'alert' }, error instanceof Error ? error.message : 'The server did not answer'))
      }
    },
  }
}

function drawPiece({ text, marked }: Piece): HTMLElement | string {
  if (marked === 'no') return text
  return element('mark', { class: marked }, text)
}
