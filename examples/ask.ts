// Ask a folder: index it, retrieve, stream the answer to the terminal. Ctrl-C stops.
//   node examples/ask.ts "How do I limit mergeMap?"
// Quotes the files offline; with OPENAI_API_KEY set a language model answers.
import { lastValueFrom } from 'rxjs'
import { fromEvent } from 'rxjs'
import { answer, ingest, memoryStore } from 'riffle-rx'
import { filesIn, toStdout } from 'riffle-rx/node'
import { extractive } from 'riffle-rx/offline'
import { openai } from 'riffle-rx/openai'

const question = process.argv[2] ?? 'How do I limit mergeMap?'
const apiKey = process.env['OPENAI_API_KEY']
const model = apiKey ? openai({ model: 'gpt-4.1-mini', apiKey }) : extractive()

const store = memoryStore()
await lastValueFrom(ingest(filesIn(new URL('documents', import.meta.url).pathname), { store }))
await lastValueFrom(answer(question, { store, model, stop: fromEvent(process, 'SIGINT') }).pipe(toStdout()))
