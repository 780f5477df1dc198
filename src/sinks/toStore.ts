import { type OperatorFunction, concatMap, map, toArray } from 'rxjs'
import type { EmbeddedPassage, Passage } from '../types/document.ts'
import type { PassageStore, StoredDocument } from '../types/ports.ts'

export interface StoreSummary {
  readonly passages: number
  readonly tokens: number
}

/**
 * Puts one document's passages into a store, in one transaction once the last has come: they are all there or none is.
 *
 * - Order: one summary. Memory: the passages of one document.
 * - Drop: nothing is written. Errors: the source's and the store's; nothing is written.
 *
 * @example
 * of(document).pipe(split(), toStore(store, { document, fingerprint }))
 */
export function toStore(store: PassageStore, document: StoredDocument): OperatorFunction<Passage | EmbeddedPassage, StoreSummary> {
  return (passages) =>
    passages.pipe(
      toArray(),
      map((all) => all.toSorted((a, b) => a.start - b.start)),
      concatMap((all) =>
        store.upsert(document, all).pipe(map(() => ({ passages: all.length, tokens: all.reduce((sum, { tokens }) => sum + tokens, 0) }))),
      ),
    )
}
