import type { Embedding } from '../../types/document.ts'

/** As pgvector reads it; every number comes back as it was. */
export function vectorText(embedding: Embedding): string {
  return `[${embedding.join(',')}]`
}

export function parseVector(text: unknown): Embedding {
  return Float32Array.from(JSON.parse(String(text)) as number[])
}
