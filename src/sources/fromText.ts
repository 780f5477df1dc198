import { type Observable, of } from 'rxjs'
import type { Document } from '../types/document.ts'

export interface FromTextOptions {
  /** Default `text`. */
  readonly id?: string
  readonly title?: string
}

/**
 * A text at hand as a document.
 *
 * - Order: one item, at once.
 * - Memory: the text.
 * - Drop: nothing to drop.
 * - Errors: none.
 */
export function fromText(text: string, options: FromTextOptions = {}): Observable<Document> {
  const { id = 'text', title } = options
  return of({ id, text, ...(title !== undefined && { title }) })
}
