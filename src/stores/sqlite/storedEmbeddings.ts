import type { Embedding } from '../../types/document.ts'
import { textHash } from '../textHash.ts'
import type { Statements } from './statements.ts'

/** The embeddings that are there already for such texts, by text. */
export function storedEmbeddings(statements: Statements, texts: readonly string[], embedder: string): Map<string, Embedding> {
  const byHash = statements('SELECT e.embedding FROM passages p JOIN embeddings e ON e.passage = p.number WHERE p.hash = ? LIMIT 1')
  const found = new Map<string, Embedding>()
  for (const text of new Set(texts)) {
    const bytes = byHash.get(textHash(embedder, text))?.['embedding']
    if (bytes instanceof Uint8Array) found.set(text, new Float32Array(bytes.slice().buffer))
  }
  return found
}
