import type { EmbeddedPassage, Passage, ScoredPassage } from '../../src/types/document.ts'

/** A passage, a token a byte, of the document `docs/<text>.md` (its first 12 letters), unless told otherwise. */
export function passage(text: string, more: Partial<Passage> = {}): Passage {
  const documentId = more.documentId ?? `docs/${text.slice(0, 12)}.md`
  const start = more.start ?? 0
  return { id: `${documentId}#0`, documentId, text, start, end: start + text.length, tokens: Buffer.byteLength(text), headings: [], line: 1, ...more }
}

export function scoredPassage(text: string, score = 1, more: Partial<Passage> = {}): ScoredPassage {
  return { ...passage(text, more), score }
}

export function embeddedPassage(text: string, numbers: readonly number[], more: Partial<Passage> = {}): EmbeddedPassage {
  return { ...passage(text, more), embedding: Float32Array.from(numbers) }
}
