import type { Passage } from '../../src/types/document.ts'
import type { StoredDocument } from '../../src/types/ports.ts'
import { passage } from './passage.ts'

/** What a store is told of a document. */
export function storedDocument(id: string, more: { fingerprint?: string; fileId?: string; title?: string } = {}): StoredDocument {
  const { fingerprint = `print of ${id}`, fileId, title } = more
  return { document: { id, ...(title === undefined ? {} : { title }) }, fingerprint, ...(fileId === undefined ? {} : { fileId }) }
}

/** Passages of one document, one a text, in the order of the text. */
export function passagesOf(documentId: string, texts: readonly string[]): Passage[] {
  let start = 0
  return texts.map((text, index) => {
    const made = passage(text, { id: `${documentId}#${index}`, documentId, start })
    start = made.end + 1
    return made
  })
}
