import { hash } from 'node:crypto'

/** What equal texts have in common that one embedder embedded: the first half of their SHA-256. */
export function textHash(embedder: string, text: string): Uint8Array {
  return hash('sha256', `${embedder}\n${text}`, 'buffer').subarray(0, 16)
}
