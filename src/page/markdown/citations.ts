import type { CitationChunk } from '../../types/chunk.ts'

/** Characters for private use, around the places of citations in their list, while the text is read. */
const open = '\ue000'
const close = '\ue001'

/** At the beginning of what is left of a text. */
export const citationMark = new RegExp(`${open}([\\d,]+)${close}`, 'y')
export const citationOpen = open

/** The text, in which what is known to be a citation is marked. Other brackets, and marks that were there before, stay text. */
export function markCitations(text: string, citations: readonly Pick<CitationChunk, 'start' | 'end'>[]): string {
  const places = new Map<number, { readonly end: number; readonly indexes: number[] }>()
  for (const [index, { start, end }] of citations.entries()) {
    const place = places.get(start) ?? { end, indexes: [] }
    place.indexes.push(index)
    places.set(start, place)
  }
  let marked = ''
  let at = 0
  for (const [start, { end, indexes }] of [...places].toSorted(([a], [b]) => a - b)) {
    if (start < at || end > text.length) continue
    marked += `${harmless(text.slice(at, start))}${open}${indexes.join(',')}${close}`
    at = end
  }
  return marked + harmless(text.slice(at))
}

function harmless(text: string): string {
  return text.replace(/[\ue000\ue001]/g, '�')
}
