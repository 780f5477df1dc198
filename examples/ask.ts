// Ask a folder: index it, retrieve, stream the answer to the terminal. Ctrl-C stops.
// Quotes the files offline; with OPENAI_API_KEY set a language model answers.
//   node examples/ask.ts "How do I limit mergeMap?"
// Prints:
//   Quotations from your files (offline: keyword search, no language model):
//
//   Concurrency in RxJS › Limiting mergeMap (documents/concurrency.md):
//
//   “`mergeMap` takes the number of inner subscriptions as its second argument.” [1]
//
//   ```ts
//   ids.pipe(mergeMap((id) => fetchUser(id), 4))
//   ```
//   [1]
import { fileURLToPath } from 'node:url'
import { fromEvent, lastValueFrom } from 'rxjs'
import { answer, ingest, memoryStore } from 'riffle-rx'
import { filesIn, toStdout } from 'riffle-rx/node'
import { extractive } from 'riffle-rx/offline'
import { openai } from 'riffle-rx/openai'

const question = process.argv[2] ?? 'How do I limit mergeMap?'
const apiKey = process.env['OPENAI_API_KEY']
const model = apiKey ? openai({ model: 'gpt-4.1-mini', apiKey }) : extractive()

const store = memoryStore()
await lastValueFrom(ingest(filesIn(fileURLToPath(new URL('documents', import.meta.url))), { store }))

// Stopping ends the answer properly; unsubscribing would drop it.
const stop = fromEvent(process, 'SIGINT')
await lastValueFrom(answer(question, { store, model, stop }).pipe(toStdout()))
