import { ContractError } from '../errors.ts'
import type { Passage } from '../types/document.ts'
import type { PlaceRange } from '../types/ports.ts'

/** Place of a passage in its document, from the id that `split` gives: `documentId#place`. */
export function placeOf({ id, documentId }: Pick<Passage, 'id' | 'documentId'>): number {
  const place = Number(id.slice(documentId.length + 1))
  if (id === `${documentId}#${place}` && Number.isSafeInteger(place)) return place
  throw new ContractError(`Expected a passage id like ${documentId}#0, got ${id}`)
}

export const allPlaces: PlaceRange = { from: 0, to: Number.MAX_SAFE_INTEGER }
