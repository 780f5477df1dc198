// A pipeline with an operator of your own between retrieval and prompt: every stage is a plain RxJS operator.
//   node examples/own-operator.ts
import { type MonoTypeOperatorFunction, lastValueFrom, map, of } from 'rxjs'
import { type Query, buildPrompt, generateAnswer, ingest, memoryStore, retrieve, toCompletion } from 'riffle-rx'
import { filesIn } from 'riffle-rx/node'
import { extractive } from 'riffle-rx/offline'

/** Leaves out passages of documents whose name matches. */
function without(name: RegExp): MonoTypeOperatorFunction<Query> {
  return map((query) => ({ ...query, passages: (query.passages ?? []).filter(({ documentId }) => !name.test(documentId)) }))
}

const store = memoryStore()
await lastValueFrom(ingest(filesIn(new URL('documents', import.meta.url).pathname), { store }))

const answer = of<Query>({ id: '1', question: 'How much water for coffee?' }).pipe(
  retrieve(store, { topK: 3 }),
  without(/retry/),
  buildPrompt(),
  generateAnswer(extractive()),
  toCompletion(),
)
const { text, sources, finishReason } = await lastValueFrom(answer)
console.log(text)
console.log(`${finishReason}, from ${sources.map(({ documentId }) => documentId).join(', ')}`)
