import type { StatementSync } from 'node:sqlite'
import { createVectorMatrix, type VectorMatrix, type VectorOptions } from '../../internal/vectors/vectorMatrix.ts'
import { hasChangeLog } from './schema.ts'

interface Loaded {
  readonly vectors: VectorMatrix
  /** Of the index when they were read. */
  readonly version: string
  /** The last change that they have; absent where the index keeps no log of changes. */
  readonly change: number | undefined
}

/**
 * Keeps the embeddings of an index in memory, as they are in the snapshot that is read. After somebody wrote, only what changed is read again;
 * all of it, where there is no log of changes or too much of it was missed.
 */
export function createStoredVectors(prepare: (sql: string) => StatementSync, version: () => string, options?: VectorOptions): () => VectorMatrix {
  let loaded: Loaded | undefined
  return () => {
    const now = version()
    if (loaded?.version === now) return loaded.vectors
    const log = readLog(prepare)
    const known = loaded?.change
    const isEnough = known !== undefined && log !== undefined && known >= log.first - 1
    const vectors = loaded !== undefined && isEnough ? changeVectors(prepare, loaded.vectors, known) : loadVectors(prepare, options)
    loaded = { vectors, version: now, change: log?.last }
    return vectors
  }
}

/** The oldest and the newest change that the index knows. */
function readLog(prepare: (sql: string) => StatementSync): { first: number; last: number } | undefined {
  if (!hasChangeLog({ prepare })) return undefined
  const row = prepare('SELECT (SELECT min(change) FROM embedding_changes) AS first, (SELECT max(change) FROM embedding_changes) AS last').get()
  return { first: Number(row?.['first'] ?? 1), last: Number(row?.['last'] ?? 0) }
}

function changeVectors(prepare: (sql: string) => StatementSync, vectors: VectorMatrix, known: number): VectorMatrix {
  const one = prepare('SELECT embedding FROM embeddings WHERE passage = ?')
  for (const { passage } of prepare('SELECT DISTINCT passage FROM embedding_changes WHERE change > ?').all(known)) {
    const bytes = one.get(Number(passage))?.['embedding']
    if (bytes === undefined) vectors.remove(Number(passage))
    else vectors.add(Number(passage), toEmbedding(bytes))
  }
  return vectors
}

function loadVectors(prepare: (sql: string) => StatementSync, options?: VectorOptions): VectorMatrix {
  const vectors = createVectorMatrix(options)
  for (const { passage, embedding } of prepare('SELECT passage, embedding FROM embeddings ORDER BY passage').iterate()) {
    vectors.add(Number(passage), toEmbedding(embedding))
  }
  return vectors
}

function toEmbedding(bytes: unknown): Float32Array {
  return new Float32Array((bytes as Uint8Array).slice().buffer)
}
