// A pipeline with an operator of your own between retrieval and prompt: every stage is a plain RxJS operator.
//   node examples/own-operator.ts
// Prints:
//   Quotations from your files (offline: keyword search, no language model):
//
//   Retrying (documents/retry.md):
//
//   - “`retry({ count: 3, delay: 1000 })` subscribes again after an error, at most three times, a second apart.” [1]
//
//   stop, from documents/retry.md
import { fileURLToPath } from 'node:url'
import { type MonoTypeOperatorFunction, lastValueFrom, map, of } from 'rxjs'
import { type Query, type RetrievedQuery, buildPrompt, generateAnswer, ingest, memoryStore, retrieve, toCompletion } from 'riffle-rx'
import { filesIn } from 'riffle-rx/node'
import { extractive } from 'riffle-rx/offline'

/** Keeps the passages of documents whose name matches. */
function onlyFrom(name: RegExp): MonoTypeOperatorFunction<RetrievedQuery> {
  return map((query) => ({ ...query, passages: query.passages.filter(({ documentId }) => name.test(documentId)) }))
}

const store = memoryStore()
await lastValueFrom(ingest(filesIn(fileURLToPath(new URL('documents', import.meta.url))), { store }))

const completion = of<Query>({ id: '1', question: 'What is the second?' }).pipe(
  retrieve(store, { topK: 3 }),
  onlyFrom(/retry/),
  buildPrompt(),
  generateAnswer(extractive()),
  toCompletion(),
)
const { text, sources, finishReason } = await lastValueFrom(completion)
console.log(text)
console.log(`${finishReason}, from ${sources.map(({ documentId }) => documentId).join(', ')}`)
