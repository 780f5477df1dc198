// A reranker of your own: it gives every passage that was found a new score, and the best are kept.
// This one prefers passages with code. What a reranker leaves out, repeats or makes up is refused.
//   node examples/own-reranker.ts
// Prints:
//   first ranking: 
import { fileURLToPath } from 'node:url'
import { lastValueFrom, map, of, tap } from 'rxjs'
import { type Reranker, type RetrievedQuery, ingest, memoryStore, rerank, retrieve } from 'riffle-rx'
import { filesIn } from 'riffle-rx/node'

// One that asks a server returns `from(fetch(…))`: unsubscribing drops it.
const codeFirst: Reranker = {
  rerank: (_question, passages) => of(passages.map((passage) => ({ ...passage, score: passage.score + (passage.text.includes('```') ? 10 : 0) }))),
}

const store = memoryStore()
const files = filesIn(fileURLToPath(new URL('documents', import.meta.url)))
await lastValueFrom(ingest(files, { store, passageTokens: 40 }))

const titles = ({ passages }: RetrievedQuery) => passages.map(({ headings, score }) => `  ${score.toFixed(2)} ${headings.at(-1)}`).join('\n')
const query = of({ id: '1', question: 'In which order do results of a stream of tasks come?' }).pipe(
  retrieve(store, { topK: 20 }),
  tap((found) => console.log(`Found:\n${titles(found)}`)),
  rerank(codeFirst, { topK: 2 }),
  map((ranked) => `Kept:\n${titles(ranked)}`),
)
console.log(await lastValueFrom(query))
