import { defer, of } from 'rxjs'
import { createBm25 } from '../internal/bm25.ts'
import { indexedTerms } from '../internal/indexedTerms.ts'
import { rankPassages } from '../internal/rankPassages.ts'
import { sampleSpread } from '../internal/sampleSpread.ts'
import { bestFirst } from '../internal/bestFirst.ts'
import { createVectorMatrix } from '../internal/vectorMatrix.ts'
import type { Passage, ScoredPassage } from '../types/document.ts'
import type { PassageStore, StoredDocument, StoredFile } from '../types/ports.ts'

interface Entry {
  readonly stored: StoredDocument
  readonly numbers: readonly number[]
}

/** Keeps passages in this process's memory; gone when it ends. BM25 and exact vector search. */
export function memoryStore(): PassageStore {
  const passages = new Map<number, Passage>()
  const documents = new Map<string, Entry>()
  const files = new Map<string, StoredFile>()
  const bm25 = createBm25()
  const vectors = createVectorMatrix()
  let nextNumber = 0

  const drop = (id: string): boolean => {
    for (const number of documents.get(id)?.numbers ?? []) {
      passages.delete(number)
      bm25.remove(number)
      vectors.remove(number)
    }
    return documents.delete(id)
  }
  const dropWhere = (matches: (entry: Entry, id: string) => boolean): number => {
    const ids = [...documents].filter(([id, entry]) => matches(entry, id)).map(([id]) => id)
    return ids.filter(drop).length
  }
  const scored = (number: number, score: number): ScoredPassage[] => {
    const passage = passages.get(number)
    return passage === undefined ? [] : [{ ...passage, score }]
  }
  const rankers = {
    bm25: (terms: readonly string[], count: number) => bestFirst(bm25.score(terms), count),
    vector: (embedding: Float32Array, count: number) => vectors.search(embedding, count),
  }

  return {
    search: (request) => defer(() => of(rankPassages(rankers, request).flatMap(({ passage, score }) => scored(passage, score)))),
    sample: (count) =>
      defer(() => {
        const entries = [...documents.values()]
        const chosen = sampleSpread(entries.map(({ numbers }) => numbers.length), count)
        return of(chosen.flatMap(({ document, passage }) => scored(entries[document]?.numbers[passage] ?? -1, 0)))
      }),
    upsert: (stored, added) =>
      defer(() => {
        for (const passage of added) if ('embedding' in passage) vectors.check(passage.embedding)
        drop(stored.document.id)
        const numbers = added.map((passage) => {
          const number = nextNumber++
          const { embedding, ...plain } = 'embedding' in passage ? passage : { ...passage, embedding: undefined }
          if (embedding !== undefined) vectors.add(number, embedding)
          passages.set(number, plain)
          bm25.add(number, indexedTerms(plain))
          return number
        })
        documents.set(stored.document.id, { stored, numbers })
        return of(undefined)
      }),
    remove: (ids) => defer(() => of(ids.filter(drop).length)),
    fingerprints: (fileId) =>
      defer(() => {
        const entries = [...documents].filter(([, { stored }]) => fileId === undefined || stored.fileId === fileId)
        return of(new Map(entries.map(([id, { stored }]) => [id, stored.fingerprint])))
      }),
    files: (root) => defer(() => of([...files.values()].filter((file) => file.root === root))),
    commitFile: (file, documentIds) =>
      defer(() => {
        const kept = new Set(documentIds)
        dropWhere(({ stored }, id) => stored.fileId === file.id && !kept.has(id))
        files.set(file.id, file)
        return of(undefined)
      }),
    removeFiles: (fileIds) =>
      defer(() => {
        const gone = new Set(fileIds)
        for (const id of fileIds) files.delete(id)
        return of(dropWhere(({ stored }) => stored.fileId !== undefined && gone.has(stored.fileId)))
      }),
    stats: () => defer(() => of({ files: files.size, documents: documents.size, passages: passages.size })),
    close() {
      passages.clear()
      documents.clear()
      files.clear()
    },
  }
}
