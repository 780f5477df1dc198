import type { Document } from '../types/document.ts'

const { hash } = globalThis.process?.getBuiltinModule?.('node:crypto') ?? {}

/**
 * SHA-256, hexadecimal, of everything a stored document depends on: its text, what describes it, and how it was made
 * (splitter, embedder). Equal fingerprints: the stored passages are still right.
 */
export async function fingerprint(document: Document, madeBy: string): Promise<string> {
  const { text, ...description } = document
  const all = `${madeBy}\n${JSON.stringify(description)}\n${text}`
  // That of browsers goes through another thread, which takes longer than to hash a page or two.
  if (hash !== undefined) return hash('sha256', all)
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(all))
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
