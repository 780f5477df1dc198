import type { OpenedPassage } from './api.ts'

/** A stretch of a document's text, and what of it is meant. */
export interface Piece {
  readonly text: string
  readonly marked: 'no' | 'passage' | 'quote'
}

/** A gap of so many characters was blanks. */
const maxBlank = 8

/** The text around a passage, put together from passages that overlap, with the passage and the quote in it as pieces of their own. */
export function piecesOf({ id, passages }: Pick<OpenedPassage, 'id' | 'passages'>, quote: string | undefined): readonly Piece[] {
  let text = ''
  let end = passages[0]?.start ?? 0
  let from = 0
  let to = 0
  for (const passage of passages) {
    if (passage.start > end) text += passage.start - end > maxBlank ? '\n\n[…]\n\n' : '\n'.repeat(Math.min(2, passage.start - end))
    const seen = Math.max(0, end - passage.start)
    if (passage.id === id) {
      from = Math.max(0, text.length - seen)
      to = from + passage.text.length
    }
    text += passage.text.slice(seen)
    end = Math.max(end, passage.end)
  }
  const found = quote === undefined ? undefined : placeOf(quote, text, from, to)
  const [quoteFrom, quoteTo] = found ?? [to, to]
  const pieces: readonly Piece[] = [
    { text: text.slice(0, from), marked: 'no' },
    { text: text.slice(from, quoteFrom), marked: 'passage' },
    { text: text.slice(quoteFrom, quoteTo), marked: 'quote' },
    { text: text.slice(quoteTo, to), marked: 'passage' },
    { text: text.slice(to), marked: 'no' },
  ]
  return pieces.filter((piece) => piece.text !== '')
}

/** Where the quote stands; blanks and line breaks are one another's equals. */
function placeOf(quote: string, text: string, from: number, to: number): readonly [number, number] | undefined {
  const words = quote.trim().split(/\s+/).map((word) => word.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
  const found = new RegExp(words.join('\\s+')).exec(text.slice(from, to))
  return found === null || found[0] === '' ? undefined : [from + found.index, from + found.index + found[0].length]
}
