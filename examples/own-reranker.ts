// A reranker of your own: it gives every passage that was found a new score, and the best are kept.
// This one prefers passages with code. What a reranker leaves out, repeats or makes up is refused.
//   node examples/own-reranker.ts
// Prints:
//   Found:
//     6.8 ## Limiting mergeMap  `mergeMap` takes the number of inner s
//     4.9 number of inner subscriptions as its second argument. With a
//     3.5 when one of the first four has completed.  ```ts ids.pipe(me
//     3.3 ## Keeping the order  `concatMap` runs one inner Observable
//     3.2 so results keep the order of the source. `switchMap` drops t
//     2.8 Items that arrive meanwhile wait in a queue inside the opera
//     2.4 not taken back: the consumer sees them twice.  An exponentia
//   Kept:
//     13.5 when one of the first four has completed.  ```ts ids.pipe(me
//     6.8 ## Limiting mergeMap  `mergeMap` takes the number of inner s
import { fileURLToPath } from 'node:url'
import { lastValueFrom, map, of, tap } from 'rxjs'
import { type Reranker, type RetrievedQuery, ingest, memoryStore, rerank, retrieve } from 'riffle-rx'
import { filesIn } from 'riffle-rx/node'

// One that asks a server returns `fromFetch(…)` of rxjs/fetch: unsubscribing drops the request.
const codeFirst: Reranker = {
  rerank: (_question, passages) =>
    of(passages.map((passage) => ({ ...passage, score: passage.score + (passage.text.includes('```') ? 10 : 0) }))),
}

const store = memoryStore()
const files = filesIn(fileURLToPath(new URL('documents', import.meta.url)))
await lastValueFrom(ingest(files, { store, passageTokens: 40 }))

const lines = ({ passages }: RetrievedQuery) => passages.map(({ score, text }) => `  ${score.toFixed(1)} ${text.slice(0, 60).replaceAll('\n', ' ').trim()}`).join('\n')
const query = of({ id: '1', question: 'How many inner subscriptions of mergeMap run at once?' }).pipe(
  retrieve(store, { topK: 20 }),
  tap((found) => console.log(`Found:\n${lines(found)}`)),
  rerank(codeFirst, { topK: 2 }),
  map((ranked) => `Kept:\n${lines(ranked)}`),
)
console.log(await lastValueFrom(query))
