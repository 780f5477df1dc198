import type { Document } from '../types/document.ts'

/**
 * SHA-256, hexadecimal, of everything a stored document depends on: its text, what describes it, and how it was made
 * (splitter, embedder). Equal fingerprints: the stored passages are still right.
 */
export async function fingerprint(document: Document, madeBy: string): Promise<string> {
  const { text, ...description } = document
  const bytes = new TextEncoder().encode(`${madeBy}\n${JSON.stringify(description)}\n${text}`)
  const digest = await crypto.subtle.digest('SHA-256', bytes)
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
