import type { Query } from '../../types/query.ts'
import { chooseQuotes } from './chooseQuotes.ts'
import { outlineOf } from './outlineOf.ts'
import { type Piece, text } from './pieces.ts'
import { writeOutline } from './writeOutline.ts'
import { writeQuotes } from './writeQuotes.ts'

/** The answer to a query from its passages: quotes, an outline, or the line that says that nothing was found. */
export function writeAnswer({ question, kind, passages = [], searched }: Query): Iterable<Piece> {
  const documents = searched?.documents ?? new Set(passages.map(({ documentId }) => documentId)).size
  if (kind === 'overview') {
    const entries = outlineOf(passages)
    return entries.length === 0 ? [nothingFound(documents)] : writeOutline(entries, passages, documents)
  }
  const choice = chooseQuotes(question, passages)
  return choice.quotes.length === 0 ? [nothingFound(documents)] : writeQuotes(choice, passages)
}

function nothingFound(documents: number): Piece {
  return text(`Found nothing about this in ${documents} documents (keyword search; rephrase, or use a model)\n`)
}
