import type { DatabaseSync } from 'node:sqlite'
import { createRowChecks } from '../indexCheck.ts'

/** What is wrong inside passages, documents and embeddings: read one by one, each kind of fault counted. */
export function checkPassages(database: DatabaseSync): string[] {
  const checks = createRowChecks()
  for (const row of database.prepare('SELECT document, start, tokens, line, headings, text FROM passages ORDER BY document, place').iterate()) {
    const { document, start, tokens, line, headings, text } = row
    checks.passage({ document, start: Number(start), tokens: Number(tokens), line: Number(line), headings, text })
  }
  for (const { metadata } of database.prepare('SELECT metadata FROM documents').iterate()) checks.metadata(metadata)
  for (const { embedding } of database.prepare('SELECT embedding FROM embeddings').iterate()) {
    // Another length is told by a rule of its own.
    if (!(embedding instanceof Uint8Array && embedding.length % 4 !== 0)) checks.embedding(numbersOf(embedding))
  }
  return checks.faults()
}

function numbersOf(bytes: unknown): Float32Array | undefined {
  return bytes instanceof Uint8Array ? new Float32Array(bytes.slice().buffer) : undefined
}
