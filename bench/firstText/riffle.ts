import { lastValueFrom, of, tap } from 'rxjs'
import { type PassageStore, type Retrieval, answer, batched, embed, memoryStore, pullMap, retriedEmbedder, split, toStore } from 'riffle-rx'
import { openai, openaiEmbedder } from 'riffle-rx/openai'
import { sqliteStore } from 'riffle-rx/sqlite'

interface Given {
  readonly baseURL: string
  readonly texts: readonly string[]
  readonly topK: number
  readonly batchSize: number
  /** Where the index is, and how it is searched. */
  readonly variant: string
}

/** Answers from a store, found by `retrieval`. */
export async function answers({ baseURL, texts, topK, batchSize, variant }: Given) {
  const [where, retrieval] = variant.split(' ') as [string, Retrieval]
  const connection = { baseUrl: baseURL, apiKey: 'none' }
  const embedder = retriedEmbedder(openaiEmbedder({ model: 'simulated', maxBatchSize: batchSize, ...connection }))
  const together = batched(embedder)
  const model = openai({ model: 'scripted-1', ...connection })
  const store: PassageStore = where === 'memory' ? memoryStore() : sqliteStore(where, { configuration: { embedder: embedder.id } })
  const documents = texts.map((text, number) => ({ id: `${number}.txt`, text }))
  const written = pullMap(documents, (document) =>
    of(document).pipe(split(), embed(together), toStore(store, { document: { id: document.id }, fingerprint: '1', embedder: embedder.id })), { concurrency: 2 * batchSize })
  await lastValueFrom(written)
  return async (question: string, onText: () => void): Promise<void> => {
    await lastValueFrom(answer(question, { store, model, embedder, retrieval, topK }).pipe(tap(({ type }) => void (type === 'text' && onText()))))
  }
}
