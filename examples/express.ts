// Answers in an Express server of your own, with an operator of your own between retrieval and prompt. Every route of docs/serve.md is below `/docs`.
//   node examples/express.ts
// Prints:
//   200 Quotations from your files (offline: keyword search, no language model):
//
//   Filter coffee (documents/coffee.md):
//
//   “Use 60 grams of coffee for a litre of water.” [1]
//
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { lastValueFrom, map, of } from 'rxjs'
import { type RetrievedQuery, buildPrompt, generateAnswer, ingest, memoryStore, retrieve } from 'riffle-rx'
import { filesIn } from 'riffle-rx/node'
import { extractive } from 'riffle-rx/offline'
import { handler } from 'riffle-rx/server'

const store = memoryStore()
await lastValueFrom(ingest(filesIn('examples/documents'), { store }))

const onlyFrom = (name: RegExp) => map((query: RetrievedQuery) => ({ ...query, passages: query.passages.filter(({ documentId }) => name.test(documentId)) }))
const answers = handler({
  answer: ({ question, history = [] }, { runId, stop }) =>
    of({ id: runId, question, history }).pipe(retrieve(store), onlyFrom(/coffee/), buildPrompt(), generateAnswer(extractive(), { stop })),
})
// Before `express.json()`, which would take the body away.
const app = express().use('/docs', answers.node)

const server = app.listen(0, '127.0.0.1')
await once(server, 'listening')
const { port } = server.address() as AddressInfo
const response = await fetch(`http://127.0.0.1:${port}/docs/stream-question?query_text=How+much+coffee%3F`)
console.log(response.status, await response.text())
server.close()
