import { hash } from 'node:crypto'

/** Stands for a text where it is too long itself: the first half of its SHA-256. */
export function keyOf(text: string): Buffer {
  return hash('sha256', text, 'buffer').subarray(0, 16)
}

/** What equal texts have in common that one embedder embedded. */
export function textHash(embedder: string, text: string): Buffer {
  return keyOf(`${embedder}\n${text}`)
}
