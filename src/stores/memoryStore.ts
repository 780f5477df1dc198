import { type Observable, defer, of } from 'rxjs'
import { RagError } from '../errors.ts'
import { createBm25 } from '../internal/bm25.ts'
import { checkBm25 } from '../internal/checkBm25.ts'
import { checkLanguage } from '../internal/checkLanguage.ts'
import { checkVectorOptions } from '../internal/checkVectorOptions.ts'
import { createFilter } from '../internal/createFilter.ts'
import { indexedTerms } from '../internal/indexedTerms.ts'
import { byPlace, inOrderOfScore } from '../internal/inOrderOfScore.ts'
import { allPlaces, placeOf } from '../internal/placeOf.ts'
import { type Rankers, rankPassages } from '../internal/rankPassages.ts'
import { sampleSpread } from '../internal/sampleSpread.ts'
import { createVectorMatrix, type VectorOptions } from '../internal/vectors/vectorMatrix.ts'
import type { Bm25Options } from '../internal/weighTerms.ts'
import type { Embedding, Passage, ScoredPassage } from '../types/document.ts'
import type { Language, PassageStore, StoredDocument, StoredFile } from '../types/ports.ts'

interface Entry {
  readonly stored: StoredDocument
  readonly numbers: readonly number[]
  /** Sorted when it is first read: a document may be written in any order, and with ids that name no place. */
  inOrder?: readonly Passage[]
}

export interface MemoryStoreOptions {
  /** Of the search by words. */
  readonly bm25?: Bm25Options
  /** Of the search by vectors. */
  readonly vectors?: VectorOptions
  /** Of passages and questions. Default `english`. */
  readonly language?: Language
}

/**
 * Keeps passages in this process's memory; gone when it ends. BM25 and exact vector search.
 *
 * @throws InvalidOptionError at the call, when an option cannot work.
 */
export function memoryStore(options: MemoryStoreOptions = {}): PassageStore {
  const { language = 'english' } = options
  checkBm25(options.bm25 ?? {})
  checkVectorOptions(options.vectors ?? {})
  checkLanguage(language)
  const passages = new Map<number, Passage>()
  const documents = new Map<string, Entry>()
  const files = new Map<string, StoredFile>()
  /** Ids of documents, by file: what a file had is asked at every file. */
  const ofFile = new Map<string, Set<string>>()
  /** By embedder and text: the passages that have its embedding. */
  const embedded = new Map<string, Set<number>>()
  const bm25 = createBm25(options.bm25)
  const vectors = createVectorMatrix(options.vectors)
  let nextNumber = 0
  let closed = false

  const ask = <T>(work: () => T): Observable<T> =>
    defer(() => {
      if (closed) throw new RagError('closed', 'The store is closed')
      return of(work())
    })

  const drop = (id: string): boolean => {
    const entry = documents.get(id)
    for (const number of entry?.numbers ?? []) {
      const key = keyOf(entry?.stored.embedder, passages.get(number)?.text)
      const sharing = embedded.get(key)
      sharing?.delete(number)
      if (sharing?.size === 0) embedded.delete(key)
      passages.delete(number)
      bm25.remove(number)
      vectors.remove(number)
    }
    const fileId = entry?.stored.fileId ?? ''
    const siblings = ofFile.get(fileId)
    siblings?.delete(id)
    if (siblings?.size === 0) ofFile.delete(fileId)
    return documents.delete(id)
  }
  const dropAll = (ids: Iterable<string>): number => [...ids].filter(drop).length
  const scored = (number: number, score: number): ScoredPassage[] => {
    const passage = passages.get(number)
    return passage === undefined ? [] : [{ ...passage, score }]
  }
  const tied = (a: number, b: number) => byPlace(passages.get(a)!, passages.get(b)!)
  const rankers: Rankers = {
    tied,
    bm25: (words, count, accepts) => bm25.search(words, count, accepts, tied),
    vector: (embedding, count, accepts) => vectors.search(embedding, count, accepts, tied),
    accepting(filter) {
      const matches = createFilter(filter)
      const accepted = [...documents.values()].filter(({ stored: { document } }) => matches({ ...document, documentId: document.id }))
      const numbers = new Set(accepted.flatMap((entry) => entry.numbers))
      return (number) => numbers.has(number)
    },
  }

  return {
    search: (request) =>
      ask(() => inOrderOfScore(rankPassages(rankers, request, language).flatMap(({ passage, score }) => scored(passage, score)))),
    sample: (count) =>
      ask(() => {
        const entries = [...documents].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry)
        const chosen = sampleSpread(entries.map(({ numbers }) => numbers.length), count)
        return chosen.flatMap(({ document, passage }) => scored(entries[document]?.numbers[passage] ?? -1, 0))
      }),
    passages: (documentId, { from, to } = allPlaces) =>
      ask(() => {
        const entry = documents.get(documentId)
        if (entry === undefined) return []
        const inOrder = (entry.inOrder ??= sortedByPlace(entry.numbers.flatMap((number) => passages.get(number) ?? [])))
        return inOrder.slice(countWhile(inOrder, (place) => place < from), countWhile(inOrder, (place) => place <= to))
      }),
    upsert: (stored, added) =>
      ask(() => {
        vectors.check(added.flatMap((passage) => ('embedding' in passage ? [passage.embedding] : [])))
        drop(stored.document.id)
        const numbers = added.map((passage) => {
          const number = nextNumber++
          const { embedding, ...plain } = 'embedding' in passage ? passage : { ...passage, embedding: undefined }
          if (embedding !== undefined) vectors.add(number, embedding)
          if (embedding !== undefined && stored.embedder !== undefined) {
            const key = keyOf(stored.embedder, plain.text)
            embedded.set(key, (embedded.get(key) ?? new Set<number>()).add(number))
          }
          passages.set(number, plain)
          bm25.add(number, indexedTerms(plain, language))
          return number
        })
        const { fileId, document } = stored
        documents.set(document.id, { stored, numbers })
        if (fileId !== undefined) ofFile.set(fileId, (ofFile.get(fileId) ?? new Set<string>()).add(document.id))
      }),
    remove: (ids) => ask(() => dropAll(ids)),
    embeddings: (texts, embedder) =>
      ask(() => {
        const found = new Map<string, Embedding>()
        for (const text of texts) {
          const [number = -1] = embedded.get(keyOf(embedder, text)) ?? []
          const embedding = vectors.get(number)
          if (embedding !== undefined) found.set(text, embedding)
        }
        return found
      }),
    fingerprints: (fileId) =>
      ask(() => {
        const ids = fileId === undefined ? documents.keys() : (ofFile.get(fileId) ?? [])
        return new Map(Array.from(ids, (id) => [id, documents.get(id)!.stored.fingerprint]))
      }),
    files: (root, below) =>
      ask(() => {
        const isBelow = (id: string) => below === undefined || id === below || id.startsWith(`${below}/`)
        return [...files.values()].filter((file) => (root === undefined || file.root === root) && isBelow(file.id))
      }),
    commitFile: (file, documentIds) =>
      ask(() => {
        const kept = new Set(documentIds)
        dropAll([...(ofFile.get(file.id) ?? [])].filter((id) => !kept.has(id)))
        files.set(file.id, file)
      }),
    removeFiles: (fileIds) =>
      ask(() => {
        for (const id of fileIds) files.delete(id)
        return dropAll(fileIds.flatMap((id) => [...(ofFile.get(id) ?? [])]))
      }),
    stats: () => ask(() => ({ files: files.size, documents: documents.size, passages: passages.size })),
    close() {
      closed = true
      dropAll(documents.keys())
      files.clear()
    },
  }
}

function keyOf(embedder: string | undefined, text: string | undefined): string {
  return `${embedder}\n${text}`
}

function sortedByPlace(passages: readonly Passage[]): Passage[] {
  const placed = passages.map((passage) => ({ passage, place: placeOf(passage) }))
  return placed.toSorted((a, b) => a.place - b.place).map(({ passage }) => passage)
}

/** How many passages from the first on are at such places, by halving; after one that is not, none is. */
function countWhile(passages: readonly Passage[], holds: (place: number) => boolean): number {
  let low = 0
  let high = passages.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (holds(placeOf(passages[middle]!))) low = middle + 1
    else high = middle
  }
  return low
}
